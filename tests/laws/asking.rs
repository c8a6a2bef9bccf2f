//! What holds for the administration port, whatever is sent to it and however that arrives.
//!
//! The fuzzer takes this file as it is, so it leans on nothing but the library.

use jamd::admin::{Method, Names, Parsed, REQUEST_MAX, Response, check_change, check_host, parse};

/// More than any rejection takes, head and reason.
const LONGEST_REJECTION: usize = 1024;

/// Input that comes in reads of these sizes, over and over, is understood as if it had come in one; and so
/// is input that comes byte by byte. A full buffer is always answered, and no rejection is long.
pub(crate) fn every_split_is_understood_as_the_whole(input: &[u8], reads: &[usize]) {
    // A session has room for so many, and wants to know by then what they are.
    let input = input.get(..REQUEST_MAX).unwrap_or(input);
    let whole = understood(input, &[input.len()]);
    assert_eq!(understood(input, &[1]), whole);
    assert_eq!(understood(input, reads), whole);
    assert!(whole != Parsed::Partial || input.len() < REQUEST_MAX);
    match &whole {
        Parsed::Partial => {}
        Parsed::Whole(request, bytes) => {
            assert!(*bytes <= input.len());
            for names in [Names::OfThisMachine, Names::Any] {
                check_host(request, names).map_or_else(is_short, |()| {});
            }
            check_change(request).map_or_else(is_short, |()| {});
        }
        Parsed::Bad(rejection) => is_short(rejection.clone()),
    }
}

/// What comes of input that comes in reads of these sizes, each of which is understood together with those
/// before, until there is something to be answered.
fn understood<'a>(input: &'a [u8], reads: &[usize]) -> Parsed<'a> {
    let mut arrived = 0;
    let mut reads = reads.iter().cycle();
    while arrived < input.len() {
        let read = reads.next().map_or(input.len(), |bytes| *bytes.max(&1));
        arrived = input.len().min(arrived + read);
        match parse(&input[..arrived]) {
            Parsed::Partial => {}
            answered => return answered,
        }
    }
    Parsed::Partial
}

fn is_short(rejection: Response) {
    let mut written = Vec::new();
    rejection.write(Method::Get, &mut written);
    assert!(written.len() <= LONGEST_REJECTION, "{}", written.len());
}
