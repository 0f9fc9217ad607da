//! `select(2)`: the call itself, with its sets of descriptors.
#![allow(
    unsafe_code,
    reason = "rustix's select takes descriptors as numbers, so it can't know that they are open"
)]

use std::collections::HashSet;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::time::Instant;

use rustix::event::{FdSetElement, FdSetIter, Timespec, fd_set_insert, fd_set_num_elements};
use rustix::io::Errno;

use crate::model::call::{SocketId, SocketLists};

/// The sockets of a `select` with their descriptors, in its three lists.
pub(super) type Watched<'a> = [Vec<(SocketId, BorrowedFd<'a>)>; 3];

/// Waits until a watched socket is ready, or until `deadline`; one that is over already only looks.
///
/// The sets are as long as the highest descriptor needs. The C library's fixed sets, which Python uses, end at 1024
/// descriptors; the system itself has no such limit (`man 2 select`).
pub(super) fn select(
    watched: &Watched<'_>,
    deadline: Option<Instant>,
) -> Result<SocketLists, Errno> {
    let descriptors = watched.iter().flatten().map(|(_, fd)| fd.as_raw_fd());
    let count = descriptors.clone().count();
    let bound = descriptors.max().map_or(0, |highest| highest + 1);
    let room = fd_set_num_elements(count, bound);
    let mut sets = watched.each_ref().map(|list| set_of(list, room));
    let timeout = deadline.and_then(|deadline| {
        let left = deadline.saturating_duration_since(Instant::now());
        Timespec::try_from(left).ok()
    });
    let [read, write, except] = &mut sets;
    // SAFETY: each number comes of a `BorrowedFd` in `watched`, which keeps its descriptor open through the call.
    unsafe {
        rustix::event::select(
            bound,
            read.as_deref_mut(),
            write.as_deref_mut(),
            except.as_deref_mut(),
            timeout.as_ref(),
        )
    }?;
    let mut ready = watched.iter().zip(&sets).map(|(list, set)| {
        let set: HashSet<RawFd> = FdSetIter::new(set.as_deref().unwrap_or_default()).collect();
        let is_ready = |(_, fd): &&(SocketId, BorrowedFd<'_>)| set.contains(&fd.as_raw_fd());
        list.iter().filter(is_ready).map(|(id, _)| *id).collect()
    });
    let mut next = || ready.next().unwrap_or_default();
    Ok(SocketLists {
        read: next(),
        write: next(),
        except: next(),
    })
}

/// The set of a list; none for an empty one, as Python has it.
fn set_of(list: &[(SocketId, BorrowedFd<'_>)], room: usize) -> Option<Vec<FdSetElement>> {
    if list.is_empty() {
        return None;
    }
    let mut set = vec![FdSetElement::default(); room];
    for (_, fd) in list {
        fd_set_insert(&mut set, fd.as_raw_fd());
    }
    Some(set)
}
