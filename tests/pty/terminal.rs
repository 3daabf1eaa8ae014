//! A pseudo terminal with an emulator that reads it. Waits for what is shown or for the end,
//! with a deadline; never sleeps but to type as a person does.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use rustix::termios::Action;
use tempfile::TempDir;

/// Longest that anything may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// What nobody answers faster than.
const GLANCE: Duration = Duration::from_millis(120);

/// The key that draws the screen again.
const DRAW: &[u8] = b"\x0c";

/// What the emulator knows, and whether more can come.
struct Reading {
    parser: vt100::Parser,
    closed: bool,
    /// The reader is to let go of the terminal after the next bytes.
    release: bool,
    /// Every byte so far.
    bytes: Vec<u8>,
}

/// A program in a pseudo terminal.
pub struct Terminal {
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    reading: Arc<(Mutex<Reading>, Condvar)>,
    exit: mpsc::Receiver<(ExitStatus, Duration)>,
    pid: u32,
    /// Termios before the program ran.
    before: String,
    pub home: Arc<TempDir>,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

/// The command line that runs jetbridge on its sample in memory.
pub fn demo() -> Vec<String> {
    vec![env!("CARGO_BIN_EXE_jetbridge").to_owned(), "--demo".to_owned()]
}

impl Terminal {
    /// Runs jetbridge on its sample and waits for its first frame.
    pub fn demo() -> Self {
        let terminal = Self::run(&demo(), &[]);
        terminal.wait("the first frame", showing);
        terminal
    }

    /// Runs a command in an empty home.
    pub fn run(command: &[String], environment: &[(&str, &str)]) -> Self {
        Self::run_in(Arc::new(tempfile::tempdir().unwrap()), command, environment)
    }

    /// Runs a command in a home that others may use as well.
    pub fn run_in(home: Arc<TempDir>, command: &[String], environment: &[(&str, &str)]) -> Self {
        let pair = native_pty_system().openpty(size(80, 24)).unwrap();
        let mut builder = CommandBuilder::new(&command[0]);
        builder.args(&command[1..]);
        builder.env_clear();
        builder.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        builder.env("TERM", "xterm-256color");
        builder.env("LANG", "C.UTF-8");
        builder.env("HOME", home.path());
        for (name, folder) in [
            ("JETBRIDGE_CONFIG_DIR", "config"),
            ("JETBRIDGE_DATA_DIR", "data"),
            ("JETBRIDGE_STATE_DIR", "state"),
        ] {
            builder.env(name, home.path().join(folder));
        }
        for (name, value) in environment {
            builder.env(name, value);
        }
        builder.cwd(home.path());
        let before = termios(&*pair.master);
        let mut child = pair.slave.spawn_command(builder).unwrap();
        drop(pair.slave);
        let pid = child.process_id().unwrap();
        let (sender, exit) = mpsc::channel();
        std::thread::spawn(move || {
            // Not yet reaped, so that what it used can still be read.
            let own = WaitId::Pid(process(pid));
            let _ = waitid(own, WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
            let used = processor_time(pid);
            let _ = sender.send((child.wait().unwrap(), used));
        });
        let reading = Arc::new((
            Mutex::new(Reading {
                parser: vt100::Parser::new(24, 80, 0),
                closed: false,
                release: false,
                bytes: Vec::new(),
            }),
            Condvar::new(),
        ));
        read(pair.master.try_clone_reader().unwrap(), Arc::clone(&reading));
        let writer = Some(pair.master.take_writer().unwrap());
        Self { master: Some(pair.master), writer, reading, exit, pid, before, home }
    }

    /// Types or pastes bytes, a moment after what was seen: faster than anybody reads they would
    /// be a part of the text before, and answer no question.
    pub fn send(&mut self, bytes: &[u8]) {
        std::thread::sleep(GLANCE);
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(bytes).unwrap();
        writer.flush().unwrap();
    }

    /// Waits until the screen is as asked, and returns its text.
    pub fn wait(&self, what: &str, is: impl Fn(&vt100::Screen) -> bool) -> String {
        let (reading, more) = &*self.reading;
        let deadline = Instant::now() + DEADLINE;
        let mut reading = reading.lock().unwrap();
        loop {
            if is(reading.parser.screen()) {
                return reading.parser.screen().contents();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero() && !reading.closed,
                "waited in vain for {what}; the screen shows:\n{}",
                reading.parser.screen().contents()
            );
            reading = more.wait_timeout(reading, left).unwrap().0;
        }
    }

    /// Gives the terminal another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.reading.0.lock().unwrap().parser.screen_mut().set_size(rows, columns);
        self.master.as_ref().unwrap().resize(size(columns, rows)).unwrap();
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) {
        kill_process(process(self.pid), signal).unwrap();
    }

    /// Processor time used so far, in steps of 10 ms.
    pub fn used(&self) -> Duration {
        processor_time(self.pid)
    }

    /// Has the terminal take no more output, as when the other end stops reading, and the program
    /// wait for it in the middle of a frame.
    pub fn stall(&mut self) {
        self.flow(Action::OOff);
        self.send(DRAW);
    }

    fn flow(&self, action: Action) {
        let name = self.master.as_ref().unwrap().tty_name().unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        let terminal = rustix::fs::open(&name, flags, Mode::empty()).unwrap();
        rustix::termios::tcflow(&terminal, action).unwrap();
    }

    /// Takes the terminal away, as a dropped line does.
    pub fn close(&mut self) {
        self.release();
        self.writer = None;
        self.master = None;
    }

    /// Takes a terminal that was stalled away, in the midst of what the program writes.
    pub fn cut(&mut self) {
        self.reading.0.lock().unwrap().release = true;
        self.writer = None;
        // The reader lets go of it after the next bytes.
        self.flow(Action::OOn);
        self.master = None;
    }

    /// Has the reader let go of the terminal.
    fn release(&mut self) {
        // It is in the midst of reading: drawing the screen again makes the program write.
        self.reading.0.lock().unwrap().release = true;
        self.send(DRAW);
        let (reading, more) = &*self.reading;
        let (reading, timeout) =
            more.wait_timeout_while(reading.lock().unwrap(), DEADLINE, |it| !it.closed).unwrap();
        assert!(!timeout.timed_out(), "nothing was drawn again");
        drop(reading);
    }

    /// Waits for the program's end: its exit code and how long it took from now.
    pub fn exit(&self) -> (u32, Duration) {
        let End { code, took, .. } = self.end();
        (code, took)
    }

    /// Waits for the program's end, and returns all of it.
    pub fn end(&self) -> End {
        let start = Instant::now();
        let (status, used) = self.exit.recv_timeout(DEADLINE).expect("the program ends");
        End { code: status.exit_code(), took: start.elapsed(), used }
    }

    /// Everything that was switched on is off, and the modes are those from before.
    pub fn assert_restored(&self) {
        self.wait("the terminal to be restored", |screen| {
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
        });
        assert_eq!(termios(&**self.master.as_ref().unwrap()), self.before);
    }

    /// Everything that came from the program so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.reading.0.lock().unwrap().bytes.clone()
    }

    pub fn state_dir(&self) -> std::path::PathBuf {
        self.home.path().join("state")
    }
}

/// How a program ended.
pub struct End {
    pub code: u32,
    /// From when it was waited for.
    pub took: Duration,
    /// Processor time of its whole life, in steps of 10 ms.
    pub used: Duration,
}

fn process(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()
}

/// User and system time of a process that was not yet reaped; nothing where there is no procfs.
fn processor_time(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name of the program, which may hold spaces, is in parentheses.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = |at: usize| fields.split_whitespace().nth(at).and_then(|it| it.parse::<u64>().ok());
    // Fields 14 and 15 of proc(5); Linux counts 100 ticks a second for programs.
    Duration::from_millis((ticks(11).unwrap_or(0) + ticks(12).unwrap_or(0)) * 10)
}

/// Something useful is on the alternate screen.
pub fn showing(screen: &vt100::Screen) -> bool {
    screen.alternate_screen() && !screen.contents().trim().is_empty()
}

fn termios(master: &(dyn MasterPty + Send)) -> String {
    format!("{:?}", master.get_termios().expect("the modes of the terminal"))
}

fn read(mut from: Box<dyn Read + Send>, into: Arc<(Mutex<Reading>, Condvar)>) {
    std::thread::spawn(move || {
        let mut bytes = [0; 16 * 1024];
        let (reading, more) = &*into;
        loop {
            let count = from.read(&mut bytes).unwrap_or(0);
            let mut reading = reading.lock().unwrap();
            reading.parser.process(&bytes[..count]);
            reading.bytes.extend_from_slice(&bytes[..count]);
            more.notify_all();
            let release = reading.release;
            drop(reading);
            if count == 0 || release {
                break;
            }
        }
        drop(from);
        into.0.lock().unwrap().closed = true;
        into.1.notify_all();
    });
}

/// Waits in a thread until every program that has a FIFO open for writing is gone.
pub fn when_closed(fifo: &Path) -> mpsc::Receiver<()> {
    let (sender, closed) = mpsc::channel();
    let fifo = fifo.to_owned();
    std::thread::spawn(move || {
        let mut all = Vec::new();
        std::fs::File::open(fifo).unwrap().read_to_end(&mut all).unwrap();
        let _ = sender.send(());
    });
    closed
}
