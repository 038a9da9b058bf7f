// The tasks `gwc check` and `gwc test`, for the policy in the editor or one that is named. Takes
// the editor's interface as an argument, so that it can be tested without an editor.

const MATCHERS = ["$gwc-errors", "$gwc-warnings"];

/// The provider of tasks of the type `gw`.
function provider(vscode) {
  const made = (definition, scope) => {
    const { program, args } = commandLine(
      definition,
      vscode.workspace.getConfiguration("gw").get("server.path"),
    );
    const execution = new vscode.ProcessExecution(program, args);
    const name = definition.file ? `${definition.command} ${definition.file}` : definition.command;
    const task = new vscode.Task(definition, scope, name, "gw", execution, MATCHERS);
    task.group = definition.command === "test" ? vscode.TaskGroup.Test : vscode.TaskGroup.Build;
    return task;
  };
  return {
    provideTasks: () =>
      ["check", "test"].map((command) => made({ type: "gw", command }, vscode.TaskScope.Workspace)),
    resolveTask: (task) => made(task.definition, task.scope ?? vscode.TaskScope.Workspace),
  };
}

/// What a task runs.
function commandLine({ command, file }, program) {
  return { program, args: [command, file ?? "${file}"] };
}

module.exports = { provider, commandLine, MATCHERS };
