#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flaskship::probes::syntax(data));
