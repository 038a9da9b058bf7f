//! `gwc init`.

use crate::tool::Folder;

/// A folder that is the top of a repository, whatever it lies in.
fn repository(name: &str) -> Folder {
    let folder = Folder::new(name);
    std::fs::create_dir_all(folder.path(".git")).unwrap();
    folder
}

const WORKFLOW: &str = ".github/workflows/gw.yml";

#[test]
fn what_it_writes_is_formatted_right_and_tested() {
    let folder = repository("init");
    folder
        .gwc(&["init", "edge"])
        .says(0, &["wrote edge/policy.gw", "gwc test edge/policy.gw"]);
    let policy = "edge/policy.gw";
    folder.gwc(&["fmt", "--check", policy]).says(0, &[]);
    folder
        .gwc(&["check", "--deny", "warnings", policy])
        .says(0, &["2 routes (1 public)"]);
    folder
        .gwc(&["test", policy, "--min", "60"])
        .says(0, &["2 passed, 0 failed"]);
}

#[test]
fn its_workflow_runs_what_the_policy_passes() {
    let folder = repository("init_workflow");
    folder.gwc(&["init"]).says(0, &[WORKFLOW]);
    let workflow = String::from_utf8(folder.read(WORKFLOW)).unwrap();
    assert!(workflow.contains("working-directory: \".\""), "{workflow}");
    let commands = workflow
        .lines()
        .filter_map(|l| l.trim().strip_prefix("run: gwc "));
    let commands: Vec<Vec<&str>> = commands.map(|c| c.split(' ').collect()).collect();
    assert_eq!(commands.len(), 3, "{workflow}");
    for command in commands {
        folder.gwc(&command).says(0, &[]);
    }
}

#[test]
fn the_workflow_goes_to_the_top_of_the_repository() {
    let folder = Folder::new("init_inside");
    std::fs::create_dir_all(folder.path("repo/.git")).unwrap();
    folder.gwc(&["init", "repo/gateways/a \"b\""]).says(0, &[]);
    let workflow = String::from_utf8(folder.read(&format!("repo/{WORKFLOW}"))).unwrap();
    assert!(
        workflow.contains(r#"working-directory: "gateways/a \"b\"""#),
        "{workflow}"
    );
    assert!(!folder.path("repo/gateways/a \"b\"/.github").exists());
}

#[test]
fn what_exists_is_left_alone() {
    let folder = repository("init_taken");
    folder.write("policy.gw", "mine");
    folder
        .gwc(&["init"])
        .says(2, &["policy.gw exists", "nothing was written"]);
    assert_eq!(folder.read("policy.gw"), b"mine");
    assert!(!folder.path(WORKFLOW).exists());

    let folder = repository("init_taken_workflow");
    std::fs::create_dir_all(folder.path(".github/workflows")).unwrap();
    folder.write(WORKFLOW, "mine");
    folder.gwc(&["init"]).says(2, &["gw.yml exists"]);
    assert_eq!(folder.read(WORKFLOW), b"mine");
    assert!(!folder.path("policy.gw").exists());
}
