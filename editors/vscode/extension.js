// Starts `gwc lsp` and joins it to the editor. What is known about policies is known there; here
// are only settings, tasks and two commands.

const vscode = require("vscode");
const { LanguageClient, RevealOutputChannelOn } = require("vscode-languageclient/node");
const { provider } = require("./tasks");

let client;

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("gw.restart", restart),
    vscode.commands.registerCommand("gw.explain", explain),
    vscode.tasks.registerTaskProvider("gw", provider(vscode)),
    vscode.workspace.onDidChangeConfiguration(configured),
  );
  await start();
}

function settings() {
  const { params, vars, docs } = vscode.workspace.getConfiguration("gw");
  return { params, vars, docs };
}

async function start() {
  const command = vscode.workspace.getConfiguration("gw").get("server.path");
  client = new LanguageClient(
    "gw",
    "gw",
    { command, args: ["lsp"] },
    {
      documentSelector: [{ language: "gw" }],
      initializationOptions: settings(),
      revealOutputChannelOn: RevealOutputChannelOn.Never,
    },
  );
  try {
    await client.start();
  } catch (error) {
    const choice = await vscode.window.showErrorMessage(
      `\`${command} lsp\` does not start: ${error.message ?? error}`,
      "Open settings",
    );
    if (choice) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "gw.server.path");
    }
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running?.isRunning()) {
    await running.stop();
  }
}

async function restart() {
  await stop();
  await start();
}

async function configured(change) {
  if (change.affectsConfiguration("gw.server")) {
    await restart();
  } else if (change.affectsConfiguration("gw") && client?.isRunning()) {
    await client.sendNotification("workspace/didChangeConfiguration", {
      settings: { gw: settings() },
    });
  }
}

/// Shows what `gwc explain GW0101` says of the finding at the cursor.
async function explain() {
  const editor = vscode.window.activeTextEditor;
  const found = editor
    ? vscode.languages
        .getDiagnostics(editor.document.uri)
        .find((d) => d.range.contains(editor.selection.active) && d.source === "gw")
    : undefined;
  if (!found) {
    vscode.window.showInformationMessage("There is no finding of gw at the cursor.");
    return;
  }
  const code = typeof found.code === "object" ? found.code.value : found.code;
  const terminal = vscode.window.createTerminal({
    name: `gwc explain ${code}`,
    shellPath: vscode.workspace.getConfiguration("gw").get("server.path"),
    shellArgs: ["explain", String(code)],
  });
  terminal.show();
}

module.exports = { activate, deactivate: stop };
