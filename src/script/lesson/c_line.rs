//! Which lines of a program make a call, and which line of its C is the same call as a line of its Python.

use crate::model::call::Method;

use super::Program;

impl Program {
    /// A line of its Python, counted from 1.
    pub(super) fn line(&self, line: u32) -> Option<&str> {
        self.source.lines().nth((line as usize).checked_sub(1)?)
    }

    /// Whether a line of its Python calls the method, or a function of the program's own, in which the call may stand.
    pub(super) fn makes_call(&self, line: u32, method: Method) -> bool {
        let line = self.line(line).unwrap_or_default();
        let mut own = self.source.lines().filter_map(own_function);
        calls(line, method) || own.any(|name| place_of(line, name).is_some())
    }

    /// The line of its C that makes the call of this line of its Python: the fifth `recv(` of the one is that of the
    /// other. `None`: there is no C, the line calls nothing, or the two do not call the method equally often.
    pub fn c_line(&self, line: u32) -> Option<u32> {
        let method = called(self.line(line)?)?;
        let python = lines_of(&self.source, method);
        let c = lines_of(self.c.as_deref()?, method);
        let place = python.iter().position(|other| *other == line)?;
        c.get(place).copied().filter(|_| c.len() == python.len())
    }
}

/// The lines that call a method, counted from 1.
fn lines_of(source: &str, method: Method) -> Vec<u32> {
    let lines = (1_u32..).zip(source.lines());
    let calling = lines.filter(|(_, line)| calls(line, method));
    calling.map(|(number, _)| number).collect()
}

/// The socket method that a line calls: the first of several.
fn called(line: &str) -> Option<Method> {
    let found = Method::ALL
        .into_iter()
        .filter_map(|method| Some((place(line, method)?, method)));
    found
        .min_by_key(|(place, _)| *place)
        .map(|(_, method)| method)
}

fn calls(line: &str, method: Method) -> bool {
    place(line, method).is_some()
}

/// The name of the function that a line begins to define.
fn own_function(line: &str) -> Option<&str> {
    let (name, _) = line.trim_start().strip_prefix("def ")?.split_once('(')?;
    Some(name.trim())
}

/// Where a line calls the method.
fn place(line: &str, method: Method) -> Option<usize> {
    place_of(line, method.name())
}

/// Where a line calls what has this name.
fn place_of(line: &str, name: &str) -> Option<usize> {
    if line.trim_start().starts_with("def ") {
        return None;
    }
    let code = line.split(" # ").next().unwrap_or(line);
    let code = if code.trim_start().starts_with('#') {
        ""
    } else {
        code
    };
    let call = format!("{name}(");
    let mut found = code.match_indices(&call).map(|(at, _)| at);
    found.find(|at| {
        let before = code
            .get(..*at)
            .and_then(|before| before.chars().next_back());
        !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
    })
}
