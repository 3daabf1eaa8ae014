//! The binary on a pseudo-terminal, answered question by question. Whatever does not come within
//! the deadline ends the program and the test with what was on the screen.

use std::io::{Read, Write};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use portable_pty::{
    ChildKiller, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system,
};

use crate::home::Home;

/// Longest that an answer or an end may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// A run on a terminal.
pub struct Talk {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    killer: Box<dyn ChildKiller + Send + Sync>,
    bytes: mpsc::Receiver<Vec<u8>>,
    exit: mpsc::Receiver<ExitStatus>,
    screen: String,
    since: usize,
    #[cfg(target_os = "linux")]
    pid: Option<u32>,
}

impl Talk {
    pub fn new(home: &Home, args: &[&str]) -> Self {
        Self::with(home, args, 120, &[])
    }

    /// On a terminal of this width, with more in its environment than the home.
    pub fn with(home: &Home, args: &[&str], columns: u16, environment: &[(&str, &str)]) -> Self {
        Self::program(env!("CARGO_BIN_EXE_jetbridge"), home, args, columns, environment)
    }

    /// On a terminal in which this was typed before the program began.
    pub fn typed_ahead(home: &Home, args: &[&str], typed: &str) -> Self {
        Self::begin(env!("CARGO_BIN_EXE_jetbridge"), home, args, 120, &[], typed)
    }

    /// Any program on a terminal.
    pub fn program(
        program: &str,
        home: &Home,
        args: &[&str],
        columns: u16,
        environment: &[(&str, &str)],
    ) -> Self {
        Self::begin(program, home, args, columns, environment, "")
    }

    fn begin(
        program: &str,
        home: &Home,
        args: &[&str],
        columns: u16,
        environment: &[(&str, &str)],
        typed: &str,
    ) -> Self {
        let size = PtySize { rows: 24, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        command.env("HOME", home.path(""));
        command.env("TMPDIR", home.path(""));
        command.env("TERM", "xterm-256color");
        for (name, value) in environment {
            command.env(name, value);
        }
        command.cwd(home.path(""));
        let mut reader = pty.master.try_clone_reader().unwrap();
        let mut writer = pty.master.take_writer().unwrap();
        // The terminal echoes what it has taken: it is there to be read before the program is.
        writer.write_all(typed.as_bytes()).unwrap();
        writer.flush().unwrap();
        let mut echo = Vec::new();
        while echo.iter().filter(|it| **it == b'\n').count() < typed.matches('\r').count() {
            let mut one = [0];
            reader.read_exact(&mut one).unwrap();
            echo.extend(one);
        }
        let mut child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let killer = child.clone_killer();
        #[cfg(target_os = "linux")]
        let pid = child.process_id();
        let (send, bytes) = mpsc::channel();
        thread::spawn(move || {
            let mut part = [0; 4096];
            // The end of a terminal is an error on Linux; what came before it counts.
            while let Ok(read @ 1..) = reader.read(&mut part) {
                if send.send(part[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        let (ended, exit) = mpsc::channel();
        thread::spawn(move || ended.send(child.wait().unwrap()));
        let master = pty.master;
        Self {
            master,
            writer,
            killer,
            bytes,
            exit,
            screen: String::new(),
            since: 0,
            #[cfg(target_os = "linux")]
            pid,
        }
    }

    /// The next bytes; `false` at the end of the terminal.
    fn read(&mut self, what: &str) -> bool {
        match self.bytes.recv_timeout(DEADLINE) {
            Ok(bytes) => self.screen.push_str(&String::from_utf8_lossy(&bytes)),
            Err(mpsc::RecvTimeoutError::Disconnected) => return false,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let _ = self.killer.kill();
                panic!("{what} did not come: {}", self.screen);
            }
        }
        true
    }

    /// Waits for a question that was not answered yet, then types.
    pub fn answer(&mut self, question: &str, typed: &str) {
        while !self.screen[self.since..].contains(question) {
            let more = self.read(question);
            assert!(more, "no {question:?} in {}", self.screen);
        }
        self.since = self.screen.len();
        self.types(typed);
    }

    /// Waits for a text: what was written since the last answer, up to its end.
    pub fn until(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = self.screen[self.since..].find(text) {
                let (since, end) = (self.since, self.since + at + text.len());
                self.since = end;
                return self.screen[since..end].to_owned();
            }
            let more = self.read(text);
            assert!(more, "no {text:?} in {}", self.screen);
        }
    }

    /// Waits for the end: what was on the terminal, and the exit code.
    pub fn end(self) -> (String, u32) {
        let code = self.exit();
        (self.rest(), code)
    }

    /// Waits until a text stands on the screen, however it was drawn.
    pub fn shows(&mut self, text: &str, columns: u16) {
        loop {
            let mut terminal = vt100::Parser::new(24, columns, 0);
            terminal.process(self.screen.as_bytes());
            if terminal.screen().contents().contains(text) {
                return;
            }
            let more = self.read(text);
            assert!(more, "no {text:?} in {}", self.screen);
        }
    }

    /// Types a moment after what was seen.
    pub fn types(&mut self, typed: &str) {
        // Nobody types faster, and the screen takes it for a text that was pasted.
        thread::sleep(Duration::from_millis(20));
        self.writer.write_all(typed.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Ends the program: everything that was on its terminal.
    pub fn kill(mut self) -> String {
        let _ = self.killer.kill();
        self.rest()
    }

    /// Everything that was on the terminal of a program that has ended.
    pub fn rest(mut self) -> String {
        while self.read("the end") {}
        self.screen
    }

    /// Whether the terminal echoes what is typed.
    #[cfg(target_os = "linux")]
    pub fn echoes(&self) -> bool {
        // ECHO of termios.h. By its bit: the names of other flags contain the word.
        self.master.get_termios().unwrap().local_flags.bits() & 0o10 != 0
    }

    /// What the kernel does to a program whose line drops; its exit code.
    #[cfg(target_os = "linux")]
    pub fn hang_up(&self) -> u32 {
        let pid = i32::try_from(self.pid.unwrap()).unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
        self.exit()
    }

    /// Waits for the program's end only, so that its terminal can still be looked at.
    pub fn exit(&self) -> u32 {
        self.exit.recv_timeout(DEADLINE).unwrap().exit_code()
    }
}

/// Gives each answer once its question stands there; what was on the terminal, and the exit code.
/// No canary may be on it. SPEC E3.
pub fn asked(home: &Home, args: &[&str], answers: &[(&str, &str)]) -> (String, u32) {
    let mut talk = Talk::with(home, args, 100, &[]);
    for (question, answer) in answers {
        talk.answer(question, answer);
    }
    let (screen, code) = talk.end();
    assert!(!screen.to_lowercase().contains("canary"), "E3: {screen}");
    (screen, code)
}
