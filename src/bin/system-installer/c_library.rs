//! What takes the place of the GNU C library's functions in the static program, for its size alone.
//!
//! The C library answers for every program: its error messages come in any language, its streams have wide characters in
//! any encoding, and its `printf` writes floating-point numbers. Nothing here asks for that: no locale is ever set, and all
//! output is Rust's. But the library's own functions name each other, and so half of it (380 kB) would come along.

#![expect(unsafe_code, reason = "the names are the C library's, and so are the signatures")]

use std::ffi::{CStr, c_char, c_int};

use rustix::io::Errno;

/// Declares functions that the C library names and this program never comes to.
macro_rules! never_called {
    ($($name:ident),+ $(,)?) => {$(
        #[unsafe(no_mangle)]
        extern "C" fn $name() -> ! {
            std::process::abort()
        }
    )+};
}

never_called! {
    // A mistake within the C library. There it says where, with all that a stream needs.
    __assert_fail,
    // The statistics of `malloc`, for debuggers.
    fprintf,
    // Messages of its own loader of libraries, and of an overflow just before it ends the process.
    __dcgettext,
    __snprintf,
    // Wide characters. The last is a table, of which only the address is taken.
    __wcsmbs_clone_conv,
    __wcsmbs_named_conv,
    __wcsmbs_gconv_fcts_c,
}

/// The text of an error number, in English; the library's own would look for a translation.
///
/// `strerrordesc_np` is there since version 2.32.
#[unsafe(no_mangle)]
unsafe extern "C" fn __xpg_strerror_r(number: c_int, text: *mut c_char, size: usize) -> c_int {
    unsafe extern "C" {
        fn strerrordesc_np(number: c_int) -> *const c_char;
    }
    // SAFETY: any number may be asked for.
    let known = unsafe { strerrordesc_np(number) };
    let message = if known.is_null() {
        format!("Unknown error {number}")
    } else {
        // SAFETY: it is a constant of the library's.
        unsafe { CStr::from_ptr(known) }.to_string_lossy().into_owned()
    };
    let message = message + "\0";
    if message.len() > size {
        return Errno::RANGE.raw_os_error();
    }
    // SAFETY: the caller's buffer has `size` bytes.
    unsafe { text.copy_from_nonoverlapping(message.as_ptr().cast(), message.len()) };
    0
}

/// Always fails (ENOSYS). Rust asks it where the main thread's stack ends, only to say `stack overflow` before such a process
/// ends by SIGSEGV all the same; the answer takes a reader of `/proc/self/maps`, and that one of floating-point numbers.
#[unsafe(no_mangle)]
extern "C" fn pthread_getattr_np(_thread: *const (), _attributes: *mut ()) -> c_int {
    Errno::NOSYS.raw_os_error()
}
