//! Point 3: the last good answer, kept.

use super::*;
use crate::backend::fly::cache;

fn place() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("live").join("contoso.json");
    (dir, path)
}

#[tokio::test]
async fn the_list_opens_from_the_cache_without_asking_anything() {
    let (_dir, path) = place();
    let service = Standin::with(450).await;
    let (first, _) = service.fly(Some(path.clone()));
    refresh(&first).await.unwrap();
    let before = service.server.seen().len();
    pass(600);
    let (second, _) = service.fly(Some(path.clone()));
    assert_eq!(all(&second).await, all(&first).await);
    assert_eq!(second.as_of().unwrap().as_second() + 600, clock().as_second());
    let id = all(&second).await[17].id;
    assert_eq!(second.connection(id).await, first.connection(id).await);
    assert_eq!(service.server.seen().len(), before);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("canary"), "no secret and no token is kept");
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&path) & 0o777, 0o600);
    assert_eq!(mode(path.parent().unwrap()) & 0o777, 0o700);
}

#[tokio::test]
async fn remarks_are_kept_with_the_list() {
    let (_dir, path) = place();
    let service = Standin::new(Play::new(vec![row(1), json!(7)])).await;
    let (first, _) = service.fly(Some(path.clone()));
    refresh(&first).await.unwrap();
    let (second, _) = service.fly(Some(path));
    assert_eq!(second.remarks(), first.remarks());
    assert_eq!(second.remarks().len(), 1);
}

#[tokio::test]
async fn another_address_client_or_context_does_not_show_these_rows() {
    let (_dir, path) = place();
    let service = Standin::with(5).await;
    let (first, _) = service.fly(Some(path.clone()));
    refresh(&first).await.unwrap();
    let change: [fn(&mut FlySettings); 3] = [
        |it| it.api.set_path("/other"),
        |it| it.client_id = "other".to_owned(),
        |it| it.context = "other".to_owned(),
    ];
    for change in change {
        let mut options = service.options(Some(path.clone()));
        change(&mut options.settings);
        let (other, _) = fly(options);
        assert_eq!((other.count().await.unwrap(), other.as_of()), (0, None));
        assert_eq!(other.remarks(), Vec::<String>::new());
    }
    // A slash at the end of the address is no other address.
    let mut options = service.options(Some(path));
    options.settings.api.set_path("/fly/");
    assert_eq!(fly(options).0.count().await.unwrap(), 5);
}

#[tokio::test]
async fn a_damaged_cache_is_said_and_replaced() {
    let (_dir, path) = place();
    let service = Standin::with(5).await;
    let (first, _) = service.fly(Some(path.clone()));
    refresh(&first).await.unwrap();
    let good = std::fs::read(&path).unwrap();
    let broken: [Vec<u8>; 6] = [
        Vec::new(),
        b"nonsense".to_vec(),
        good[..good.len() - 10].to_vec(),
        good[..40].to_vec(),
        vec![0xff; 100],
        [b"{}\n".to_vec(), good.clone()].concat(),
    ];
    for bytes in broken {
        std::fs::write(&path, &bytes).unwrap();
        let (fly, _) = service.fly(Some(path.clone()));
        assert_eq!(fly.count().await.unwrap(), 0);
        assert!(fly.remarks()[0].contains("refreshing replaces it"), "{:?}", fly.remarks());
        refresh(&fly).await.unwrap();
        assert_eq!((fly.count().await.unwrap(), fly.remarks()), (5, Vec::new()));
        assert_eq!(service.fly(Some(path.clone())).0.count().await.unwrap(), 5);
    }
    // A file of a later version is nothing to complain about.
    let newer = String::from_utf8(good).unwrap().replacen("cache\":1", "cache\":2", 1);
    std::fs::write(&path, newer).unwrap();
    let (fly, _) = service.fly(Some(path.clone()));
    assert_eq!((fly.count().await.unwrap(), fly.remarks().len()), (0, 0));
}

#[tokio::test]
async fn a_cache_that_cannot_be_written_is_said_and_the_list_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let service = Standin::with(5).await;
    let (fly, _) = service.fly(Some(file.join("contoso.json")));
    refresh(&fly).await.unwrap();
    assert_eq!(fly.count().await.unwrap(), 5);
    assert!(fly.remarks().last().unwrap().contains("could not be saved"), "{:?}", fly.remarks());
}

#[tokio::test]
async fn two_processes_at_once_leave_a_whole_file() {
    let (_dir, path) = place();
    let (big, small) = (Standin::with(2_000).await, Standin::with(3).await);
    let settings = big.options(None).settings;
    let lists = |count: usize| {
        let rows = rows(count).iter().filter_map(wire::connection).collect();
        Snapshot::of_rows(rows, clock(), Vec::new())
    };
    let (a, b) = (lists(2_000), lists(3));
    std::thread::scope(|scope| {
        for list in [&a, &b] {
            scope.spawn(|| {
                for _ in 0..20 {
                    cache::write(&path, &settings, list).unwrap();
                }
            });
        }
        for _ in 0..40 {
            match cache::read(&path, &settings) {
                cache::Found::List(list) => assert!(matches!(list.len(), 3 | 2_000)),
                cache::Found::Nothing(why) => assert_eq!(why, None),
            }
        }
    });
    drop(small);
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}
