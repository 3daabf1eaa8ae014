//! What is opened and what is refused; what becomes of links; what a pasted path means.

use std::fs;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode};

use super::write::{self, Existing, Readers};
use super::{Why, path, read, secret};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn pipe(path: &Path) {
    rustix::fs::mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn only_plain_files_of_the_expected_size_are_opened() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("good"), "12345").unwrap();
    fs::write(at("long"), "123456").unwrap();
    fs::File::create(at("huge")).unwrap().set_len(1 << 40).unwrap();
    pipe(&at("pipe"));
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    symlink("/dev/zero", at("link")).unwrap();
    symlink(at("good"), at("good-link")).unwrap();
    let cases: [(&str, Result<&[u8], Why>); 12] = [
        ("good", Ok(b"12345")),
        ("good-link", Ok(b"12345")),
        ("/dev/null", Ok(b"")),
        ("long", Err(Why::TooLarge(5))),
        ("huge", Err(Why::TooLarge(5))),
        ("pipe", Err(Why::NotPlain("a pipe"))),
        ("socket", Err(Why::NotPlain("a socket"))),
        ("link", Err(Why::NotPlain("a device"))),
        ("/dev/zero", Err(Why::NotPlain("a device"))),
        ("/dev/tty", Err(Why::NotPlain("a device"))),
        (".", Err(Why::Folder)),
        ("none", Err(Why::Missing)),
    ];
    for (name, wanted) in cases {
        let got = read::bytes(&at(name), 5).map(|it| it.to_vec()).map_err(|it| it.why);
        assert_eq!(got, wanted.map(<[u8]>::to_vec), "{name}");
    }
    assert_eq!(read::if_there(&at("none"), 5), Ok(None));
}

#[test]
fn a_stream_is_read_up_to_its_limit() {
    assert_eq!(**read::stream(&b"12345"[..], "standard input", 5).unwrap(), b"12345"[..]);
    let endless = read::stream(std::io::repeat(b'x'), "standard input", 1 << 20).unwrap_err();
    assert_eq!(endless.to_string(), "cannot read standard input: it is larger than 1 MB");
    let mut some = read::Bounded::new(&b"123456"[..], 5);
    assert!(some.read_to_end(&mut Vec::new()).is_err());
    // What grew after it was opened is found out too.
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "1").unwrap();
    let opened = read::open(&file, 5).unwrap();
    fs::write(&file, "123456").unwrap();
    assert_eq!(read::rest(opened, &file, 5).unwrap_err().why, Why::TooLarge(5));
}

/// What a shell makes of `<(command)` is a pipe that the caller opened. It is read, but a secret or a
/// configuration is not taken from it.
#[test]
fn a_descriptor_of_the_caller_is_read_unless_it_is_to_be_believed() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"text").unwrap();
    drop(writer);
    let number = reader.as_raw_fd();
    for name in
        [format!("/dev/fd/{number}"), format!("/proc/self/fd/{number}"), "/dev/stdin".into()]
    {
        let path = Path::new(&name);
        assert_eq!(secret::bytes(path, 10).unwrap_err().why, Why::Descriptor, "{name}");
        assert_eq!(secret::trusted(path, 10).unwrap_err().why, Why::Descriptor, "{name}");
    }
    let path = PathBuf::from(format!("/dev/fd/{number}"));
    assert_eq!(**read::bytes(&path, 10).unwrap(), b"text"[..]);
    // Other names of a descriptor are links.
    let own = format!("/proc/{}/fd/{number}", std::process::id());
    if Path::new(&own).exists() {
        let why = secret::bytes(Path::new(&own), 10).unwrap_err().why;
        assert_eq!(why, Why::Link(own.into()));
    }
}

/// Every kind of thing under the name of a secret and of a configuration.
#[test]
fn what_is_believed_is_a_plain_file_of_ones_own() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let put = |name: &str, mode: u32| {
        fs::write(at(name), "text").unwrap();
        fs::set_permissions(at(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    for (name, mode) in [("private", 0o600), ("shown", 0o644), ("group", 0o660), ("all", 0o602)] {
        put(name, mode);
    }
    pipe(&at("pipe"));
    symlink(at("private"), at("link")).unwrap();
    symlink("/dev/zero", at("zero")).unwrap();
    let link = |name: &str| Some(Why::Link(at(name)));
    for (name, as_secret, as_config) in [
        ("private", None, None),
        ("shown", Some(Why::OpenToOthers(0o644)), None),
        ("group", Some(Why::OpenToOthers(0o660)), Some(Why::Changeable(0o660))),
        ("all", Some(Why::OpenToOthers(0o602)), Some(Why::Changeable(0o602))),
        ("pipe", Some(Why::NotPlain("a pipe")), Some(Why::NotPlain("a pipe"))),
        ("link", link("link"), link("link")),
        ("zero", link("zero"), link("zero")),
        (".", Some(Why::Folder), Some(Why::Folder)),
        ("none", Some(Why::Missing), Some(Why::Missing)),
    ] {
        let why = |read: Result<_, super::FileError>| read.map(|_| ()).err().map(|it| it.why);
        assert_eq!(why(secret::bytes(&at(name), 9)), as_secret, "{name} as a secret");
        assert_eq!(why(secret::trusted(&at(name), 9)), as_config, "{name} as a configuration");
    }
    assert_eq!(secret::trusted(&at("private"), 3).unwrap_err().why, Why::TooLarge(3));
    // Authorities of the system stand behind links.
    assert!(secret::authority(&at("link"), 9).is_ok());
    assert_eq!(secret::authority(&at("group"), 9).unwrap_err().why, Why::Changeable(0o660));
    // In a folder that others can write to they put another file in its place.
    let open = |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
    for (mode, config, keys) in
        [(0o755, true, true), (0o770, false, false), (0o707, false, false), (0o1777, true, false)]
    {
        open(mode);
        assert_eq!(secret::trusted(&at("private"), 9).is_ok(), config, "{mode:o}");
        assert_eq!(secret::folder(folder.path()).is_ok(), keys, "{mode:o}");
    }
    open(0o700);
    // Needs root: what somebody else owns.
    if rustix::process::geteuid().is_root() {
        let owner = Some(rustix::fs::Uid::from_raw(65_534));
        rustix::fs::chown(at("private"), owner, None).unwrap();
        for read in [secret::bytes(&at("private"), 9), secret::trusted(&at("private"), 9)] {
            assert!(matches!(read.unwrap_err().why, Why::Owned(it) if it.0 == 65_534));
        }
    }
}

#[test]
fn a_secret_is_read_only_when_no_one_else_can() {
    let folder = folder();
    let file = folder.path().join("secret file");
    fs::write(&file, "fake-secret").unwrap();
    for open in 0..0o1000 {
        if open & 0o400 == 0 {
            continue;
        }
        fs::set_permissions(&file, fs::Permissions::from_mode(open)).unwrap();
        match secret::bytes(&file, 100) {
            Ok(text) => assert!(open & 0o077 == 0 && **text == *b"fake-secret", "{open:o}"),
            Err(error) => {
                assert_eq!(error.why, Why::OpenToOthers(open));
                assert!(error.hint().contains(&format!("chmod 600 '{}'", file.display())));
                assert!(!format!("{error}{}", error.hint()).contains("fake-secret"));
            }
        }
    }
}

/// Every way that a name can be taken, written once with each manner.
#[test]
fn nothing_is_written_through_a_link_or_into_what_is_no_file() {
    for existing in [Existing::Keep, Existing::Replace] {
        let folder = folder();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("other"), "other").unwrap();
        symlink(at("other"), at("link")).unwrap();
        symlink(at("nowhere"), at("dangling")).unwrap();
        symlink("/dev/null", at("null")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        pipe(&at("pipe"));
        let before = names(folder.path());
        for name in ["link", "dangling", "null", "folder", "pipe", "folder/", "none/file", ".."] {
            let error = write::bytes(&at(name), existing, b"new").unwrap_err();
            let fits = match &error.why {
                Why::Link(link) => *link == at(name) && !name.contains("fol"),
                Why::Folder => name == "folder",
                Why::Name => ["folder/", ".."].contains(&name),
                Why::NotPlain(what) => (*what, name) == ("a pipe", "pipe"),
                Why::Missing => name == "none/file",
                _ => false,
            };
            assert!(fits && !error.hint().is_empty(), "{name}: {error:?}");
        }
        assert_eq!(fs::read_to_string(at("other")).unwrap(), "other");
        assert_eq!(names(folder.path()), before, "nothing is left behind");
    }
}

#[test]
fn a_file_is_whole_new_and_for_its_owner_only() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    fs::hard_link(&file, folder.path().join("twin")).unwrap();
    assert_eq!(write::bytes(&file, Existing::Keep, b"new").unwrap_err().why, Why::Exists);
    let broken = write::with(&file, Existing::Replace, |out| {
        out.write_all(b"half")?;
        Err(std::io::ErrorKind::StorageFull.into())
    });
    assert_eq!(broken.unwrap_err().why, Why::Full);
    assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    write::bytes(&file, Existing::Replace, b"new").unwrap();
    assert_eq!((fs::read_to_string(&file).unwrap().as_str(), mode(&file)), ("new", 0o600));
    assert_eq!(fs::read_to_string(folder.path().join("twin")).unwrap(), "old");
    let page = folder.path().join("page");
    let unfinished = write::begin(&page, Existing::Keep, Readers::Everyone).unwrap();
    fs::write(&page, "another").unwrap();
    assert_eq!(unfinished.finish().unwrap_err().why, Why::Exists);
    assert_eq!(names(folder.path()), ["file", "page", "twin"]);
}

#[test]
fn a_folder_is_made_for_its_owner_and_links_of_ones_own_are_followed() {
    let folder = folder();
    let made = folder.path().join("a/b");
    write::folder(&made).unwrap();
    assert_eq!((mode(&made), mode(made.parent().unwrap())), (0o700, 0o700));
    symlink(&made, folder.path().join("own")).unwrap();
    write::bytes(&folder.path().join("own/file"), Existing::Keep, b"").unwrap();
    assert_eq!(names(&made), ["file"]);
}

/// Needs root to give a link away, as `/tmp` needs somebody else.
#[test]
fn a_link_that_somebody_else_left_in_an_open_folder_is_refused() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = folder();
    let (open, real) = (folder.path().join("open"), folder.path().join("real"));
    fs::create_dir(&open).unwrap();
    fs::create_dir(&real).unwrap();
    let link = open.join("link");
    symlink(&real, &link).unwrap();
    let other = Some(rustix::fs::Uid::from_raw(65_534));
    let none = rustix::fs::AtFlags::SYMLINK_NOFOLLOW;
    rustix::fs::chownat(CWD, &link, other, None, none).unwrap();
    write::bytes(&link.join("closed"), Existing::Keep, b"").unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o1777)).unwrap();
    let error = write::bytes(&link.join("file"), Existing::Keep, b"").unwrap_err();
    assert_eq!(error.why, Why::Link(link.clone()));
    assert_eq!(write::folder(&link.join("sub")).unwrap_err().why, Why::Link(link));
    assert_eq!(names(&real), ["closed"]);
}

#[test]
fn a_pasted_path_is_the_file_that_was_dragged() {
    let folder = folder();
    let base = folder.path().join("OneDrive - Contoso");
    fs::create_dir(&base).unwrap();
    let plain = base.join("Ann's 100% \"m\" (1).json").to_str().unwrap().to_owned();
    let quoted = shell_words::quote(&plain).into_owned();
    let escaped: String = plain
        .chars()
        .flat_map(|c| (" '\"%()".contains(c)).then_some('\\').into_iter().chain([c]))
        .collect();
    let double = format!("\"{}\"", plain.replace('"', "\\\""));
    let address = url::Url::from_file_path(&plain).unwrap().to_string();
    let host = address.replacen("file://", "file://localhost", 1);
    let fewest = address.replacen("file://", "file:", 1);
    for there in [false, true] {
        if there {
            fs::write(&plain, "").unwrap();
        }
        for text in [&quoted, &escaped, &double, &address, &host, &fewest] {
            for (before, after) in [("", ""), ("", " "), (" ", "\n"), ("\t", "  ")] {
                let text = format!("{before}{text}{after}");
                assert_eq!(path::pasted(&text), Path::new(&plain), "{text}");
            }
        }
    }
    assert_eq!(path::pasted(&format!("{plain} ")), Path::new(&plain), "as it is, once it is there");
}

#[test]
fn what_needs_no_unwrapping_stays_as_it_is() {
    let folder = folder();
    let odd = folder.path().join("'odd' \\name");
    fs::write(&odd, "").unwrap();
    assert_eq!(path::pasted(odd.to_str().unwrap()), odd);
    for (text, wanted) in [
        ("/a/b c/d.json", "/a/b c/d.json"),
        ("/a/it's", "/a/it's"),
        ("/a/x\\ ", "/a/x "),
        ("", ""),
        ("-", "-"),
        ("file://server/share/x", "file://server/share/x"),
        ("~anna/x", "~anna/x"),
    ] {
        assert_eq!(path::pasted(text), Path::new(wanted), "{text}");
    }
    let home = path::home().unwrap();
    for text in ["~/x y.pem", "'~/x y.pem'", "\"~/x y.pem\"", "~/x\\ y.pem ", "~//x y.pem"] {
        assert_eq!(path::pasted(text), home.join("x y.pem"), "{text}");
    }
    assert_eq!(path::given("~"), home);
    assert_eq!(path::given("~/a"), home.join("a"));
    assert_eq!(path::given("file:///a%20b"), Path::new("/a b"));
    for same in ["./~/a", "a~", "'/x'", "/x ", "~b/x"] {
        assert_eq!(
            path::given(same),
            Path::new(same),
            "on a command line the shell has the quotes"
        );
    }
}

#[test]
fn a_command_is_split_as_a_shell_would() {
    for (text, wanted) in [
        ("'/my tools/ed.sh' --wait", &["/my tools/ed.sh", "--wait"][..]),
        ("\"/my tools/ed.sh\" --wait", &["/my tools/ed.sh", "--wait"]),
        ("/my\\ tools/ed.sh", &["/my tools/ed.sh"]),
        ("code -w  -n", &["code", "-w", "-n"]),
        ("ed 'open", &["ed", "'open"]),
        ("  ", &[]),
    ] {
        assert_eq!(path::words(text), wanted, "{text}");
    }
}

#[test]
fn errors_name_the_file_unless_it_may_be_a_secret() {
    for secret in [
        "AbC8Q~notReal.notReal_notReal-notReal123",
        "eyJub3QiOiJyZWFsIn0.eyJub3QiOiJyZWFsIn0.bm90LXJlYWw",
        "c2VjcmV0MTIzNDU2Nzg5MDEyMzQ1Njc4OTA9/Ab=",
    ] {
        let error = read::bytes(Path::new(secret), 5).unwrap_err();
        assert!(!format!("{error}{}", error.hint()).contains(secret), "{error}");
        assert!(error.to_string().contains("looks like a secret"), "{error}");
        assert!(error.hint().contains("pipe it in"), "{error}");
    }
    for name in [
        "/none/x.json",
        "none.json",
        "/home/Admin1/Tokens2/x.TXT",
        "C:\\Users\\PROGRA~1\\app.json",
        "Manifest-Export-2026.json",
    ] {
        let error = read::bytes(Path::new(name), 5).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot read {name}: no such file"));
    }
    let error = read::bytes(Path::new("/none/\u{1b}[31m"), 5).unwrap_err();
    assert!(!error.to_string().contains('\u{1b}'), "E4");
}
