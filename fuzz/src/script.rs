//! Scripts: any bytes are a step or one line that says why not.

use std::path::Path;

use runtime::script;
use serde_json::Value;
use step::Step;
use step::{Init, PostInit, PreBoot, PreInit};

/// No script makes the reader panic; one that it reads is read to the last field, and written again it is the same step.
pub fn run(data: &[u8]) {
    check::<PreInit>(data);
    check::<PostInit>(data);
    check::<Init>(data);
    check::<PreBoot>(data);
}

fn check<S: Step + serde::Serialize + PartialEq + std::fmt::Debug>(data: &[u8]) {
    let path = Path::new("/script");
    match script::parse::<S>(data, path) {
        Ok(step) => {
            let json: Value = serde_json::to_value(&step).expect("a step is JSON");
            let text = format!("#!/runtime {}\n{json}", S::NAME);
            assert_eq!(
                script::parse::<S>(text.as_bytes(), path).expect("it is read back"),
                step
            );
        }
        Err(error) => assert!(error.to_string().starts_with("cannot read `/script`: "), "{error}"),
    }
}
