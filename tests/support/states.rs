//! Waiting for what the kernel says of a socket.

use std::os::fd::BorrowedFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use sockeye::model::call::SocketId;
use sockeye::model::event::TcpState;

use super::{DEADLINE, World};

impl World {
    /// Takes in what happens until the kernel was seen to have the socket in that state.
    pub fn wait_for_state(&mut self, socket: SocketId, state: TcpState) {
        if state == TcpState::Closed {
            // A socket that never was connected is closed too, and an observation may be as old as that.
            self.wait_for_hangup(socket);
        }
        self.wait_for(socket, state.name(), |socket| {
            socket.kernel_state() == Some(state)
        });
    }

    /// Waits until something lies at the socket to be received, and leaves it there.
    pub fn wait_for_bytes(&self, socket: SocketId) {
        let came = self.poll(socket, PollFlags::IN);
        assert!(came.contains(PollFlags::IN), "{came:?}\n{}", self.log());
    }

    /// Waits until an error lies at the socket, and leaves it there.
    pub fn wait_for_error(&self, socket: SocketId) {
        let came = self.poll(socket, PollFlags::empty());
        assert!(came.contains(PollFlags::ERR), "{came:?}\n{}", self.log());
    }

    /// Waits until a socket that was connected or connecting is so no more.
    fn wait_for_hangup(&self, socket: SocketId) {
        let came = self.poll(socket, PollFlags::empty());
        assert!(came.contains(PollFlags::HUP), "{came:?}\n{}", self.log());
    }

    /// Waits for what is asked for, an error, or the end of the connection: `poll(2)` tells those without being asked.
    #[allow(
        unsafe_code,
        reason = "the descriptor belongs to the network, which lends none"
    )]
    fn poll(&self, socket: SocketId, asked: PollFlags) -> PollFlags {
        let fd = self.known(socket).fd;
        // SAFETY: the socket is open, and only this test could have it closed meanwhile.
        let fd = unsafe { BorrowedFd::borrow_raw(fd) };
        let mut asked = [PollFd::new(&fd, asked)];
        let most = Timespec::try_from(DEADLINE).expect("a minute");
        while poll(&mut asked, Some(&most)) == Err(Errno::INTR) {}
        asked[0].revents()
    }
}
