//! Runs the rules, and their fixes to a fixed point in memory.
