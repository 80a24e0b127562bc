//! Devices of the machine that the code opens: cameras, serial ports, pins.

use super::super::facts::{Const, Place};
use super::super::needs::{Deed, DeedKind};
use super::Interpreter;
use super::value::{Arguments, Obj, Value};

/// The device that a call of this function or class opens.
fn device(path: &str, arguments: &Arguments<'_>) -> Option<DeedKind> {
    Some(match path {
        "cv2.VideoCapture" if may_be_camera(arguments.value("index", Some(0))) => DeedKind::Camera,
        "picamera.PiCamera" | "picamera2.Picamera2" => DeedKind::Camera,
        "serial.Serial" => DeedKind::SerialPort,
        "smbus.SMBus" | "smbus2.SMBus" | "spidev.SpiDev" => DeedKind::Pins,
        _ if path.starts_with("RPi.GPIO.") || path.starts_with("gpiozero.") => DeedKind::Pins,
        _ => return None,
    })
}

/// Whether OpenCV would read from a camera: by its number or its device. Other texts are files and URLs.
fn may_be_camera(source: Option<&Value<'_>>) -> bool {
    let is_camera = |obj: &Obj<'_>| match obj {
        Obj::Const(Const::Str(text)) => text.starts_with("/dev/"),
        Obj::Starts(start) => start.starts_with("/dev/"),
        _ => true,
    };
    source.is_some_and(|source| source.0.iter().any(|alt| is_camera(&alt.obj)))
}

impl<'p> Interpreter<'p> {
    /// Notes a device that a call opens.
    pub(super) fn note_device(&mut self, path: &str, arguments: &Arguments<'p>, place: Place) {
        if self.as_script {
            return;
        }
        if let Some(kind) = device(path, arguments) {
            let deed = Deed { kind, place, when: self.when, on_import: self.on_import() };
            self.note_deed(deed);
        }
    }
}
