//! Every forecast against the measured tables.

use sockeye::model::call::{BlockingMode, Call, Method};
use sockeye::model::errno::Errno;
use sockeye::model::event::TcpState;
use sockeye::model::lifecycle::{Look, forecast, forecasts, rfc_state};

use crate::scenes::{TABLES, bring};
use crate::session::Session;

fn method_of(column: &str) -> Option<Method> {
    match column {
        "shutdown_wr" | "shutdown_rd" => Some(Method::Shutdown),
        "tcp_info" => None,
        name => Some(Method::from_name(name).expect("a column is a method")),
    }
}

/// What the table's cell means for the look of the button.
fn expected(cell: &str, method: Method, mode: BlockingMode) -> Look {
    let Some(errno) = Errno::from_symbol(cell) else {
        assert!(cell.starts_with("ok"), "a cell is ok or an errno: {cell}");
        return Look::Allowed;
    };
    match (errno.is_would_block(), mode) {
        // A blocking connect takes microseconds here, unless the accept queue is full.
        (true, BlockingMode::Blocking) if method == Method::Connect && cell == "EINPROGRESS" => {
            Look::Allowed
        }
        (true, BlockingMode::Blocking) => Look::WillWait,
        (true, BlockingMode::NonBlocking) => Look::WouldBlock(errno),
        (false, _) => Look::WouldFail(errno),
    }
}

#[test]
#[cfg(target_os = "linux")]
fn forecasts_are_what_linux_answers() {
    let mut cells = 0;
    for table in TABLES {
        let mut lines = table.lines().filter(|line| !line.starts_with('#'));
        let columns: Vec<&str> = lines.next().expect("a head").split('\t').collect();
        for line in lines {
            let row: Vec<&str> = line.split('\t').collect();
            assert_eq!(row.len(), columns.len(), "{line}");
            for mode in [BlockingMode::Blocking, BlockingMode::NonBlocking] {
                cells += check_row(&columns, &row, mode);
            }
        }
    }
    assert!(cells > 500, "only {cells} cells were compared");
}

fn check_row(columns: &[&str], row: &[&str], mode: BlockingMode) -> usize {
    let state = row[0];
    let mut session = Session::new();
    let id = bring(&mut session, state);
    if !session.get(id).is_closed() {
        // Set before anything else in the life of a real one; here it must not hide a pending error.
        let last_error = session.get(id).last_error;
        session.done(id, Call::SetBlocking { mode });
        assert!(last_error.is_none() || session.get(id).last_error.is_none());
    }
    let socket = session.get(id);
    let mut compared = 0;
    for (column, cell) in columns.iter().zip(row).skip(1) {
        let Some(method) = method_of(column) else {
            let rfc = rfc_state(socket).map_or("-", TcpState::name);
            if state != "closed" {
                assert_eq!(rfc, *cell, "{state}: {column}");
            }
            continue;
        };
        let got = forecast(socket, method, session.table());
        let look = match got.look {
            Look::Natural => Look::Allowed,
            look => look,
        };
        let expected = expected(cell, method, mode);
        assert_eq!(
            look, expected,
            "{state}, {mode:?}: {column}: {}",
            got.reason
        );
        let receives = matches!(method, Method::Recv | Method::RecvFrom);
        let empty = *cell == "ok=0" && receives;
        assert_eq!(
            empty,
            got.reason.contains("b\"\""),
            "{state}: {column}: {}",
            got.reason
        );
        compared += 1;
    }
    compared
}

#[test]
fn every_reason_is_short_and_for_learners() {
    for table in TABLES {
        for line in table.lines().filter(|line| !line.starts_with(['#', 's'])) {
            let mut session = Session::new();
            let state = line.split('\t').next().expect("a state");
            let id = bring(&mut session, state);
            for (method, forecast) in forecasts(session.get(id), session.table()) {
                let reason = forecast.reason;
                assert!(!reason.is_empty(), "{state}: {method}");
                assert!(reason.len() <= 90, "{state}: {method}: {reason}");
                assert!(!reason.contains("kernel"), "{state}: {method}: {reason}");
            }
        }
    }
}

#[test]
fn at_most_one_method_is_natural() {
    for table in TABLES {
        for line in table.lines().filter(|line| !line.starts_with(['#', 's'])) {
            let mut session = Session::new();
            let id = bring(&mut session, line.split('\t').next().expect("a state"));
            let all = forecasts(session.get(id), session.table());
            let natural = all.iter().filter(|(_, forecast)| forecast.natural).count();
            assert!(natural <= 1, "{line}");
            for (method, forecast) in all {
                assert!(
                    forecast.natural || forecast.look != Look::Natural,
                    "{method}"
                );
            }
        }
    }
}
