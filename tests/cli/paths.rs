//! Paths as people give them, wherever no shell reads them: variables, configuration, options tied to
//! their value, `$EDITOR`. Issue 11, point 27.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::home::{Home, run};

/// The ways to write a file of the home folder.
fn ways(home: &Home, name: &str) -> [String; 3] {
    let whole = home.path(name).to_str().unwrap().to_owned();
    [format!("~/{name}"), format!("file://{}", whole.replace(' ', "%20")), whole]
}

fn credential(home: &Home) -> String {
    let text = std::fs::read_to_string(home.path(".config/jetbridge/config.toml")).unwrap();
    text.lines().rfind(|it| it.starts_with("credential")).unwrap().to_owned()
}

#[test]
fn a_variable_names_a_folder_of_the_home() {
    let home = Home::new();
    for (variable, key, below) in [
        ("JETBRIDGE_CONFIG_DIR", "config_dir", ""),
        ("JETBRIDGE_DATA_DIR", "data_dir", ""),
        ("JETBRIDGE_STATE_DIR", "state_dir", ""),
        ("XDG_CONFIG_HOME", "config_dir", "/jetbridge"),
        ("XDG_DATA_HOME", "data_dir", "/jetbridge"),
        ("XDG_STATE_HOME", "state_dir", "/jetbridge"),
    ] {
        let wanted = format!("{}{below}", home.path("my place").display());
        for way in ways(&home, "my place") {
            let ran = run(home.command(["paths", "--json"]).env(variable, &way), b"").succeeds();
            assert!(ran.out.contains(&format!("\"{wanted}\"")), "{variable}={way} {key}: {ran:?}");
        }
    }
}

#[test]
fn a_secret_is_found_by_every_way_to_name_it() {
    let home = Home::new();
    home.write_secret("my secret", "fake8Q~Not-A-Real-Secret.0123456789abcde\n");
    std::fs::create_dir(home.path("below")).unwrap();
    let usual = ["--kind", "fly", "--data-centre", "us", "--no-input", "--client-id"];
    for (at, way) in ways(&home, "my secret").into_iter().enumerate() {
        let name = format!("c{at}");
        let from = format!("--secret-from=file:{way}");
        let mut args = vec!["context", "add", &name];
        args.extend(usual);
        args.extend(["0f3d7e61-0000-4000-8000-00000000a002", &from]);
        run(home.command(&args).current_dir(home.path("below")), b"").succeeds();
        let wanted = format!("file = \"{}\"", home.path("my secret").display());
        assert!(credential(&home).contains(&wanted), "{way}: {}", credential(&home));
    }
    assert_eq!(std::fs::read_dir(home.path("below")).unwrap().count(), 0, "no folder named ~");
}

#[test]
fn every_path_of_the_configuration_can_begin_at_the_home() {
    let home = Home::new();
    for (key, text) in [
        ("ca_bundle", "[network]\nca_bundle = \"PATH\""),
        ("store", "[contexts.x]\nkind = \"store\"\npath = \"PATH\""),
        (
            "certificate",
            "[contexts.x]\nkind = \"fly\"\ndata_centre = \"us\"\nclient_id = \"0f3d7e61-0000-4000-8000-00000000a002\"\ncredential = { certificate = \"PATH\" }",
        ),
        (
            "key",
            "[contexts.x]\nkind = \"fly\"\ndata_centre = \"us\"\nclient_id = \"0f3d7e61-0000-4000-8000-00000000a002\"\ncredential = { secret = { file = \"PATH\" } }",
        ),
    ] {
        for way in ways(&home, "no file") {
            home.config(&text.replace("PATH", &way));
            let ran = home.run(&["doctor", "--json"]);
            let wanted = home.path("no file");
            let found = ran.out.contains(wanted.to_str().unwrap());
            let listed = home.run(&["context", "list", "--json"]).succeeds();
            let found = found || listed.out.contains(wanted.to_str().unwrap());
            assert!(found && !ran.out.contains("~/no file"), "{key} {way}: {ran:?}");
        }
        home.config(&text.replace("PATH", "below/file"));
        home.run(&["list"]).fails(2, &["absolute path"]);
    }
}

#[test]
fn an_editor_is_the_command_that_a_shell_would_run() {
    let home = Home::with(&["mail"]);
    let tools = home.path("my tools");
    std::fs::create_dir(&tools).unwrap();
    let editor =
        home.write("my tools/ed.sh", "#!/bin/sh\nprintf '%s\\n' \"$@\" > \"$HOME/args\"\n");
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o700)).unwrap();
    let whole = editor.to_str().unwrap();
    let address = format!("file://{}", whole.replace(' ', "%20"));
    for (visual, other, arguments) in [
        (format!("'{whole}' --wait"), "none", &["--wait"][..]),
        (format!("\"{whole}\" -n '-c set x'"), "none", &["-n", "-c set x"]),
        (whole.replace(' ', "\\ "), "none", &[]),
        (whole.to_owned(), "none", &[]),
        ("'~/my tools/ed.sh' -w".to_owned(), "none", &["-w"]),
        (address, "none", &[]),
        (String::new(), whole, &[]),
        (" ".to_owned(), whole, &[]),
    ] {
        let mut command = home.command(["edit", "mail"]);
        let ran = run(
            command.env("VISUAL", &visual).env("EDITOR", other).env("PATH", "/usr/bin:/bin"),
            b"",
        );
        let ran = ran.succeeds();
        assert!(ran.said().contains("othing was changed"), "{visual}: {ran:?}");
        let reported = std::fs::read_to_string(home.path("args")).unwrap();
        let reported: Vec<&str> = reported.lines().collect();
        let [before @ .., file] = reported.as_slice() else { panic!("{visual}: {reported:?}") };
        assert_eq!(before, arguments, "{visual}");
        assert!(Path::new(file).is_absolute(), "{visual}: {file}");
        std::fs::remove_file(home.path("args")).unwrap();
    }
}
