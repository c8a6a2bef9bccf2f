//! `jamd load`: so far only what is seen of a run while it goes on.

#[expect(dead_code, reason = "no run is started yet")]
mod live;
