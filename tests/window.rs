//! The whole window on real loopback sockets, driven through its accessibility tree.

use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sockeye::app::{App, Settings, Setup};
use sockeye::network::kernel::KernelNetwork;

fn setup() -> Setup {
    Setup {
        network: KernelNetwork::start().unwrap(),
        settings: Settings::default(),
        settings_path: None,
        last_session_path: None,
        notice: None,
        script: None,
    }
}

fn open() -> Harness<'static, App> {
    Harness::builder()
        .with_size([1440.0, 900.0])
        .with_max_steps(64)
        .build_eframe(|cc| App::new(&cc.egui_ctx, setup()).unwrap())
}

#[test]
fn print_tree() {
    let mut h = open();
    h.get_by_role_and_label(eframe::egui::Role::Button, "1 Start a server")
        .click();
    let deadline = Instant::now() + Duration::from_secs(5);
    while h.state().recording().len() < 4 && Instant::now() < deadline {
        h.step();
    }
    h.step();
    for node in h.root().children_recursive() {
        let n = node.accesskit_node();
        println!("{:?} {:?} {:?}", n.role(), n.label(), n.value());
    }
}
