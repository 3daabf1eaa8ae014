//! Where a store must not lie: write-ahead logging needs memory that all its users share, which a
//! network file system does not give (SQLite, "Write-Ahead Logging", disadvantage 2).

use std::io;
use std::path::Path;

/// Returns the kind of network file system that a path lies on, such as `nfs`; `None`: a local one.
pub type Prober = fn(&Path) -> io::Result<Option<String>>;

/// File systems that are shared over a network, by the magic number of `statfs` (Linux,
/// `include/uapi/linux/magic.h` and the file systems' own sources).
const NETWORK: [(u32, &str); 16] = [
    (0x6969, "nfs"),
    (0x517b, "smb"),
    (0xff53_4d42, "cifs"),
    (0xfe53_4d42, "smb2"),
    (0x0102_1997, "9p"),
    (0x564c, "ncpfs"),
    (0x5346_414f, "afs"),
    (0x6b41_4653, "kafs"),
    (0x7375_7245, "coda"),
    (0x00c3_6400, "ceph"),
    (0x0bd0_0bd0, "lustre"),
    (0x4750_4653, "gpfs"),
    (0x7461_636f, "ocfs2"),
    (0x0116_1970, "gfs2"),
    (0x786f_4256, "vboxsf"),
    (0xbacb_acbc, "vmhgfs"),
];

/// `statfs` magic of every file system in user space; the mount table says which one it is.
const FUSE: u32 = 0x6573_5546;

/// FUSE file systems that reach another machine.
const NETWORK_FUSE: [&str; 14] = [
    "sshfs",
    "s3fs",
    "rclone",
    "gcsfuse",
    "goofys",
    "blobfuse",
    "blobfuse2",
    "davfs",
    "curlftpfs",
    "glusterfs",
    "ceph",
    "cephfs",
    "juicefs",
    "vmhgfs-fuse",
];

/// The prober of this system.
#[cfg(target_os = "linux")]
pub fn probe(path: &Path) -> io::Result<Option<String>> {
    let magic = rustix::fs::statfs(path)?.f_type;
    // The type is signed or not, and 32 or 64 bits wide, by processor; magics have 32 bits.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::as_conversions)]
    let magic = magic as u32;
    if magic != FUSE {
        return Ok(by_magic(magic).map(str::to_owned));
    }
    let path = std::fs::canonicalize(path)?;
    let table = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    Ok(fuse_of(&table, &path)
        .filter(|name| NETWORK_FUSE.contains(name))
        .map(|it| format!("fuse.{it}")))
}

/// The prober of this system: there is no portable way to ask, so every place is taken for local.
#[cfg(not(target_os = "linux"))]
pub fn probe(_: &Path) -> io::Result<Option<String>> {
    Ok(None)
}

fn by_magic(magic: u32) -> Option<&'static str> {
    NETWORK.iter().find(|(it, _)| *it == magic).map(|(_, name)| *name)
}

/// The FUSE program behind a path, by the mount table (proc(5), `/proc/pid/mountinfo`): the
/// longest mount point that the path starts with decides, and of equal ones the last.
fn fuse_of<'a>(table: &'a str, path: &Path) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for line in table.lines() {
        let Some((mount, kind)) = line.split_once(" - ") else { continue };
        let (Some(point), Some(kind)) = (mount.split(' ').nth(4), kind.split(' ').next()) else {
            continue;
        };
        let point = point.replace("\\040", " ");
        if path.starts_with(&point) && best.is_none_or(|(length, _)| point.len() >= length) {
            best = Some((point.len(), kind));
        }
    }
    best.and_then(|(_, kind)| kind.strip_prefix("fuse."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_known_by_their_magic() {
        assert_eq!(by_magic(0x6969), Some("nfs"));
        assert_eq!(by_magic(0xff53_4d42), Some("cifs"));
        assert_eq!(by_magic(0x0102_1997), Some("9p"));
        // ext4, btrfs, xfs, tmpfs, overlayfs
        for local in [0xef53, 0x9123_683e, 0x5846_5342, 0x0102_1994, 0x794c_7630] {
            assert_eq!(by_magic(local), None, "{local:x}");
        }
    }

    #[test]
    fn the_mount_table_distinguishes_one_fuse_program_from_another() {
        let table = "\
22 1 254:0 / / rw - ext4 /dev/vda rw
40 22 0:40 / /mnt/my\\040files rw,nosuid shared:1 - fuse.sshfs jump:/home rw
41 22 0:41 / /mnt/my\\040files/local rw - fuse.gocryptfs /x rw
";
        let of = |path: &str| fuse_of(table, Path::new(path));
        assert_eq!(of("/mnt/my files/data"), Some("sshfs"));
        assert_eq!(of("/mnt/my files/local/data"), Some("gocryptfs"));
        assert_eq!(of("/home/data"), None);
    }

    #[test]
    fn this_machine_answers() {
        assert!(probe(Path::new("/")).is_ok());
        assert!(probe(Path::new("/does/not/exist")).is_err() || cfg!(not(target_os = "linux")));
    }
}
