//! What the New socket panel remembers: choices that last, and text that is being typed.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::model::address::{
    HostChoice, Port, PortChoice, is_reachable, loopback, parse_host, unspecified,
};
use crate::model::call::{BlockingMode, Family, Protocol};
use crate::model::event::Role;
use crate::views::widgets::escaped;

/// The choices that are kept between runs: only good ones, whatever stands in the fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewSocketChoices {
    /// What it is for.
    pub role: Role,
    /// Protocol.
    pub protocol: Protocol,
    /// Family.
    pub family: Family,
    /// Mode.
    pub mode: BlockingMode,
    /// Address, an IP literal.
    pub host: String,
    /// Port; 0 for any free one.
    pub port: u16,
}

impl Default for NewSocketChoices {
    fn default() -> Self {
        Self {
            role: Role::Server,
            protocol: Protocol::Tcp,
            family: Family::Ipv4,
            mode: BlockingMode::Blocking,
            host: "127.0.0.1".to_owned(),
            port: 5000,
        }
    }
}

/// What the panel remembers between frames.
#[derive(Debug, Default)]
pub struct NewSocketState {
    /// What is kept between runs.
    pub choices: NewSocketChoices,
    /// The port as typed, once something was typed.
    port_text: Option<String>,
    /// The address as typed; `Some` while the free field is open.
    pub(super) host_text: Option<String>,
    /// The field that is to have the keyboard next frame.
    focus: Option<Field>,
    /// Whether the panel is open over the centre, where it is folded to a rail.
    pub rail_open: bool,
}

/// A field that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Host,
    Port,
}

impl NewSocketState {
    /// The text of the port field.
    pub(super) fn port_text(&self) -> Cow<'_, str> {
        match &self.port_text {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(self.choices.port.to_string()),
        }
    }

    /// Takes in what was typed as a port, and keeps it if it is one.
    pub(super) fn set_port_text(&mut self, text: &str) {
        if let Ok(choice) = Port::parse(text) {
            self.choices.port = choice.get();
        }
        self.port_text = Some(text.to_owned());
    }

    /// The address chosen or typed, or what is wrong with it in one sentence.
    pub(super) fn host(&self) -> Result<HostChoice, String> {
        let text = self.host_text.as_deref().unwrap_or(&self.choices.host);
        let choice =
            parse_host(text, self.choices.family).map_err(|error| escaped(&error.to_string()))?;
        if self.choices.role == Role::Client && text.trim().is_empty() {
            return Err("type the address to reach, as 127.0.0.1 or ::1".to_owned());
        }
        Ok(choice)
    }

    /// Whether others could reach a socket bound to the address.
    pub(super) fn is_reachable(&self) -> bool {
        self.choices.role != Role::Client && self.host().is_ok_and(|host| is_reachable(host.ip))
    }

    /// Takes one of the addresses offered.
    pub(super) fn choose_host(&mut self, host: String) {
        self.choices.host = host;
        self.host_text = None;
    }

    /// Opens the free field, with the address there is.
    pub(super) fn open_host_field(&mut self) {
        if self.host_text.is_none() {
            self.host_text = Some(self.choices.host.clone());
        }
        self.focus = Some(Field::Host);
    }

    /// Takes in what was typed as an address, and keeps it if it is one.
    pub(super) fn set_host_text(&mut self, text: String) {
        self.host_text = Some(text);
        if let Ok(host) = self.host() {
            self.choices.host = host.ip.to_string();
        }
    }

    /// After a change of role or family: loopback and "all addresses" go over to the other family, and a client is
    /// not given "all addresses". What was typed stays as it is.
    pub(super) fn keep_host_offered(&mut self) {
        if self.host_text.is_some() {
            return;
        }
        let family = self.choices.family;
        let all = self
            .choices
            .host
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_unspecified());
        let fits = self
            .choices
            .host
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_ipv4() == (family == Family::Ipv4));
        let is_client = self.choices.role == Role::Client;
        self.choices.host = match (all, fits) {
            (true, _) if !is_client => unspecified(family).to_string(),
            (false, true) => return,
            _ => loopback(family).to_string(),
        };
    }

    /// What keeps the socket from being made, if anything does.
    pub fn problem(&self) -> Option<String> {
        self.host().err().or_else(|| self.port_problem())
    }

    /// Gives the keyboard to the field that is wrong.
    pub fn focus_problem(&mut self) {
        self.focus = Some(if self.host().is_err() {
            Field::Host
        } else {
            Field::Port
        });
    }

    /// Whether the port field is to have the keyboard now.
    pub(super) fn takes_port_focus(&mut self) -> bool {
        self.takes(Field::Port)
    }

    /// Whether the address field is to have the keyboard now.
    pub(super) fn takes_host_focus(&mut self) -> bool {
        self.takes(Field::Host)
    }

    fn takes(&mut self, field: Field) -> bool {
        let takes = self.focus == Some(field);
        if takes {
            self.focus = None;
        }
        takes
    }

    /// The port field's choice, or what is wrong with it in one sentence.
    pub(super) fn port(&self) -> Result<PortChoice, String> {
        match Port::parse(&self.port_text()) {
            Ok(PortChoice::AnyFree) if self.choices.role == Role::Client => {
                Err("0 is no port to reach: type the server's, 1025–65535".to_owned())
            }
            Ok(choice) => Ok(choice),
            Err(error) => Err(escaped(&error.to_string())),
        }
    }

    fn port_problem(&self) -> Option<String> {
        self.port().err()
    }
}
