/* What the headers of Nix make a plugin refer to and another version of Nix may lack. Functions are looked up when they are
   called; but without data that it refers to, a plugin could not even be loaded to say that it does not fit. Weak, they
   are merely not there. */
#pragma once

#define MAY_BE_ABSENT(symbol) asm(".weak " symbol)

/* nix::interruptCheck, nix::_isInterrupted, and their later names */
MAY_BE_ABSENT("_ZN3nix14interruptCheckE");
MAY_BE_ABSENT("_ZN3nix14_isInterruptedE");
MAY_BE_ABSENT("_ZN3nix4unix14interruptCheckE");
MAY_BE_ABSENT("_ZN3nix4unix14_isInterruptedE");
/* nix::RegisterPrimOp::primOps, nix::noPos, nix::eBlackHole, nix::Counter::enabled */
MAY_BE_ABSENT("_ZN3nix14RegisterPrimOp7primOpsE");
MAY_BE_ABSENT("_ZN3nix5noPosE");
MAY_BE_ABSENT("_ZN3nix10eBlackHoleE");
MAY_BE_ABSENT("_ZN3nix7Counter7enabledE");
/* nix::settings, nix::experimentalFeatureSettings, nix::logger, nix::verbosity */
MAY_BE_ABSENT("_ZN3nix8settingsE");
MAY_BE_ABSENT("_ZN3nix27experimentalFeatureSettingsE");
MAY_BE_ABSENT("_ZN3nix6loggerE");
MAY_BE_ABSENT("_ZN3nix9verbosityE");
/* Virtual functions and types of nix::StringSource and nix::EvalError, and of what they derive from */
MAY_BE_ABSENT("_ZTVN3nix12StringSourceE");
MAY_BE_ABSENT("_ZTTN3nix12StringSourceE");
MAY_BE_ABSENT("_ZTVN3nix6SourceE");
MAY_BE_ABSENT("_ZTVN3nix9EvalErrorE");
MAY_BE_ABSENT("_ZTVN3nix5ErrorE");
MAY_BE_ABSENT("_ZTVN3nix9BaseErrorE");
MAY_BE_ABSENT("_ZTIN3nix5ErrorE");

#undef MAY_BE_ABSENT
