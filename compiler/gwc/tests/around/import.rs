//! `gwc import openapi`.

use crate::tool::Folder;

const PETS: &str = include_str!("../../../gw-openapi/tests/corpus/pets.yaml");

#[test]
fn the_policy_is_formatted_and_right() {
    let folder = Folder::with("import", "pets.yaml", PETS);
    let run = folder.gwc(&["import", "openapi", "pets.yaml", "-o", "pets.gw"]);
    run.says(
        0,
        &["note: request bodies are passed on unchecked: createPet"],
    );
    assert_eq!(run.out, "");
    folder
        .gwc(&["check", "pets.gw"])
        .says(0, &["5 routes (3 public)"]);
    folder.gwc(&["fmt", "--check", "pets.gw"]).says(0, &[]);
    let again = folder.gwc_reading(&["import", "openapi", "-"], PETS.as_bytes());
    let written = String::from_utf8(folder.read("pets.gw")).unwrap();
    assert!(written.contains("enum PetKind = openapi(\"pets.yaml\").PetKind"));
    // What has no file cannot be referred to.
    assert!(again.out.contains("enum PetKind { cat, dog, bird }"));
    assert!(!again.out.contains("openapi("));
    folder
        .gwc(&["explain", "request", "GET /v2/pets/7", "pets.gw"])
        .says(0, &["= 200 allowed, sent to api as /v2/pets/7"]);
    folder
        .gwc(&["explain", "request", "GET /v2/pets/-7", "pets.gw"])
        .says(0, &["= 404 no route"]);
    folder
        .gwc(&["explain", "request", "POST /v2/pets", "pets.gw"])
        .says(0, &["= 401 no credentials"]);
}

#[test]
fn what_exists_is_left_alone_and_what_is_no_description_refused() {
    let folder = Folder::with("import_wrong", "pets.yaml", PETS);
    folder.write("pets.gw", "mine");
    folder
        .gwc(&["import", "openapi", "pets.yaml", "-o", "pets.gw"])
        .says(2, &["pets.gw cannot be written"]);
    assert_eq!(folder.read("pets.gw"), b"mine");
    folder
        .gwc_reading(&["import", "openapi", "-"], b"swagger: '2.0'\n")
        .says(3, &["this is OpenAPI 2.0; 3.0 and 3.1 are understood"]);
    folder
        .gwc(&["import", "openapi", "none.yaml"])
        .says(2, &["none.yaml cannot be read"]);
}
