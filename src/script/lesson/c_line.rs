//! Which line of a program's C is the same call as a line of its Python.

use crate::model::call::Method;

use super::Program;

impl Program {
    /// The line of its C that makes the call of this line of its Python: the fifth `recv(` of the one is that of the
    /// other. `None`: there is no C, the line calls nothing, or the two do not call the method equally often.
    pub fn c_line(&self, line: u32) -> Option<u32> {
        let index = (line as usize).checked_sub(1)?;
        let method = called(self.source.lines().nth(index)?)?;
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

/// Where a line calls the method.
fn place(line: &str, method: Method) -> Option<usize> {
    let code = line.split(" # ").next().unwrap_or(line);
    let call = format!("{}(", method.name());
    let mut found = code.match_indices(&call).map(|(at, _)| at);
    found.find(|at| {
        let before = code
            .get(..*at)
            .and_then(|before| before.chars().next_back());
        !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
    })
}
