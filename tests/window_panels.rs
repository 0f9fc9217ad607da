//! The panels, bars and dialogs round the columns, through their accessibility tree.

#[path = "window_panels/all.rs"]
mod all;
#[path = "window_panels/bars.rs"]
mod bars;
mod by_hand;
#[path = "window_panels/dialogs.rs"]
mod dialogs;
#[path = "window_panels/new_socket.rs"]
mod new_socket;
#[path = "window_panels/stage.rs"]
mod stage;
#[path = "window_panels/steps.rs"]
mod steps;
