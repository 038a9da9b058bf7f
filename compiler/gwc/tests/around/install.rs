//! `gwc completions` and `gwc man`.

use crate::tool::Folder;

#[test]
fn every_shell_completes_every_command() {
    let folder = Folder::new("completions");
    let commands = folder.gwc(&["help"]).out;
    let commands: Vec<&str> = commands
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .map_while(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty())
        .collect();
    assert!(
        commands.contains(&"check") && commands.contains(&"man"),
        "{commands:?}"
    );
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        folder.gwc(&["completions", shell]).says(0, &commands);
    }
    folder.gwc(&["completions", "tcsh"]).says(2, &["bash"]);
}

#[test]
fn bash_completes_an_option() {
    let folder = Folder::new("completions_bash");
    let script = folder.gwc(&["completions", "bash"]).out;
    folder.write("gwc.bash", script);
    let ask = "source gwc.bash; COMP_WORDS=(gwc test --mut); COMP_CWORD=2; _gwc gwc --mut test; echo ${COMPREPLY[*]}";
    let run = std::process::Command::new("bash")
        .args(["-c", ask])
        .current_dir(folder.path("."))
        .output();
    let Ok(run) = run else {
        eprintln!("skipped: there is no bash");
        return;
    };
    assert_eq!(
        String::from_utf8_lossy(&run.stdout).trim(),
        "--mutate",
        "{run:?}"
    );
}

#[test]
fn man_has_a_page_for_every_command() {
    let folder = Folder::new("man");
    folder
        .gwc(&["man"])
        .says(0, &[".TH gwc 1", "gwc\\-check(1)"]);
    folder.gwc(&["man", "--dir", "pages"]).says(0, &[]);
    for page in ["gwc.1", "gwc-check.1", "gwc-explain-route.1"] {
        let text = String::from_utf8(folder.read(&format!("pages/{page}"))).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{page}: {text}");
    }
}
