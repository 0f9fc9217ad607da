//! Where exports go: a file is replaced whole, a link is followed, and what is no file is written to as it stands.
#![cfg(unix)]

use std::io::Read as _;
use std::os::unix::fs::{FileTypeExt as _, symlink};

use sockeye::export::write_file;

#[test]
fn a_link_stays_a_link_to_the_new_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let (target, link) = (folder.path().join("target"), folder.path().join("link"));
    std::fs::write(&target, "old").expect("a file");
    symlink(&target, &link).expect("a link");
    write_file(&link, |file| file.write_all(b"new")).expect("written");
    assert!(
        std::fs::symlink_metadata(&link)
            .expect("it is there")
            .is_symlink()
    );
    assert_eq!(std::fs::read_to_string(&target).expect("the file"), "new");
}

#[test]
fn a_pipe_is_written_to_and_stays_a_pipe() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .expect("mkfifo");
    assert!(made.success());
    let reader = std::thread::Builder::new().name("reader".to_owned());
    let path = pipe.clone();
    let reader = reader.spawn(move || {
        let mut text = String::new();
        std::fs::File::open(path)
            .and_then(|mut file| file.read_to_string(&mut text))
            .map(|_| text)
    });
    write_file(&pipe, |file| file.write_all(b"through the pipe")).expect("written");
    let text = reader
        .expect("a thread")
        .join()
        .expect("no panic")
        .expect("read");
    assert_eq!(text, "through the pipe");
    assert!(
        std::fs::metadata(&pipe)
            .expect("it is there")
            .file_type()
            .is_fifo()
    );
}

#[test]
fn a_full_device_is_said_and_stays_a_device() {
    let error = write_file(std::path::Path::new("/dev/full"), |file| {
        file.write_all(b"x")
    })
    .expect_err("no room");
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    let kind = std::fs::metadata("/dev/full")
        .expect("it is there")
        .file_type();
    assert!(kind.is_char_device());
}

#[test]
fn a_failed_write_leaves_the_old_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log.txt");
    std::fs::write(&path, "old").expect("a file");
    let failed = write_file(&path, |file| {
        file.write_all(b"half")?;
        Err(std::io::Error::other("the disk is full"))
    });
    assert!(failed.is_err());
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), "old");
    assert_eq!(
        std::fs::read_dir(folder.path())
            .expect("the folder")
            .count(),
        1,
        "nothing is left beside it"
    );
}
