//! A load tester out of descriptors. The one test of this file, because the limit it lowers is its
//! whole process's.

mod support;

use jamd::load::{AuditResult, Failure, Length, Plan};

use support::descriptors::leave_descriptors;
use support::load::{audit, closed, measure};
use support::program::Program;

/// Descriptors that are left to a run: its polls take some, so there is not one for each client.
const LEFT: usize = 8;

#[test]
fn a_client_without_a_descriptor_is_not_the_servers_fault() {
    // A process of its own, with descriptors of its own.
    let server = Program::serve(&["--zone", "utc", "--log", "off"]);
    let plan = Plan {
        length: Length::Sessions { count: 40 },
        ..closed(server.addr(), LEFT)
    };
    let taken = leave_descriptors(LEFT);
    let measured = measure(&plan);
    drop(taken);
    let tally = &measured.tally;
    let without = tally.failed(Failure::NoDescriptor).count();
    assert!(without > 0, "every client had a descriptor");
    assert_eq!((tally.errors(), tally.started), (without, 40));
    assert_eq!(tally.good.count(), 40 - without, "the others were served");
    let blamed = audit(&measured, "own resources").expect("an audit");
    assert_eq!(blamed.verdict, AuditResult::Failed, "{blamed:?}");
    assert!(!measured.is_valid());
}
