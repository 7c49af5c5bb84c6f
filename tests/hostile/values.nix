# Values that no plan can hold, and what is said of each: a part of the message (a regular expression of `grep -E`). Where
# `isNix` is set, the value alone, without a plan, ends Nix in the same way.
let
  inherit (builtins) concatStringsSep foldl' genList;
  many = 100000;
  nested = wrap: innermost: foldl' (inside: _: wrap inside) innermost (genList (n: n) many);
  package = attributes: derivation ({ name = "p"; system = "x86_64-linux"; builder = "/bin/false"; } // attributes);
  infinity = 1.0e308 * 10;
  deeper = n: { next = deeper (n + 1); };
  wider = n: [ (wider (n + 1)) (wider (n + 2)) ];
in
{
  # --- what is not evaluated ---
  throws = { value = throw "no such luck"; says = "no such luck"; };
  throwsDeep = { value = [ [ { a = throw "no such luck"; } ] ]; says = "no such luck"; };
  aborts = { value = abort "no such luck"; says = "evaluation aborted with the following error message: 'no such luck'"; };
  asserts = { value = assert 1 == 2; "x"; says = "assertion '.*' failed"; };
  missing = { value = { }.missing; says = "attribute 'missing' missing"; };
  wrongCall = { value = (x: x) 1 2; says = "attempt to call something which is not a function"; };
  recursion = { value = let x = x; in x; says = "infinite recursion encountered"; isNix = true; };
  overflow = { value = let f = n: f (n + 1) + ""; in f 0; says = "stack overflow"; isNix = true; };
  endlessList = { value = let list = [ 1 ] ++ list; in list; says = "infinite recursion encountered"; isNix = true; };
  noDerivationName = { value = package { name = throw "no such luck"; }; says = "no such luck"; };
  noDerivationSystem = { value = package { system = { }; }; says = "cannot coerce a set to a string"; };
  noDerivationInput = { value = package { input = abort "no such luck"; }; says = "no such luck"; };
  badDerivationName = { value = package { name = "a b"; }; says = "contains illegal character"; };
  noPackage = { value = derivation { }; says = "attribute 'name' missing"; };

  # --- what never ends, and what is far too much ---
  deepLists = { value = nested (inside: [ inside ]) "x"; says = "MSI00[14]"; };
  deepSets = { value = nested (a: { inherit a; }) "x"; says = "MSI00[124]"; };
  deepOutPaths = { value = nested (outPath: { inherit outPath; }) "x"; says = "MSI004 .*too deep within each other"; };
  endlessSets = { value = deeper 0; says = "MSI00[124]"; };
  endlessOutPaths = {
    value = let endless = n: { outPath = endless (n + 1); }; in endless 0;
    says = "MSI004 .*too deep within each other";
  };
  endlessTrees = { value = wider 0; says = "the installer plan has more than 2000000 values \\(at "; };
  manyElements = { value = genList (n: null) many; says = "MSI001"; };
  manyNames = {
    value = builtins.listToAttrs (genList (n: { name = "n${toString n}"; value = x: x; }) many);
    says = "MSI00[124]";
  };
  longName = { value = { ${concatStringsSep "" (genList (n: "n") many)} = 1; }; says = "MSI00[124]"; };

  # --- what contains itself ---
  cyclicSet = { value = let set = { inherit set; }; in set; says = "MSI00[124]"; };
  cyclicList = { value = let list = [ list ]; in list; says = "MSI00[14]"; };
  cyclicOutPath = { value = let set = { outPath = set; }; in set; says = "MSI004 .*contains itself"; };
  cyclicOutPathInList = { value = let set = { outPath = [ set ]; }; in set; says = "MSI00[14]"; };

  # --- what looks like a string ---
  functions = { value = x: x; says = "MSI004 .*a function"; };
  primops = { value = builtins.map; says = "MSI004 .*a function"; };
  functors = { value = { __functor = self: x: x; }; says = "MSI00[124]"; };
  toStringThrows = { value = { __toString = self: throw "no such luck"; }; says = "no such luck"; };
  toStringIsNone = { value = { __toString = "x"; }; says = "attempt to call something which is not a function"; };
  toStringOfInteger = { value = { __toString = self: x: x; }; says = "cannot coerce a function to a string"; };
  toStringForever = {
    value = let set = { __toString = self: self; }; in set;
    says = "stack overflow";
    isNix = true;
  };
  toStringUnending = { value = { __toString = self: self.__toString self; }; says = "stack overflow"; isNix = true; };
  outPathIsFloat = { value = { outPath = 0.5; }; says = "MSI001"; };
  outPathFunction = { value = { outPath = x: x; }; says = "MSI004 .*a function"; };
  outPathThrows = { value = { outPath = throw "no such luck"; }; says = "no such luck"; };
  outPathIsList = { value = { outPath = [ "x" ]; }; says = "MSI001"; };

  # --- numbers ---
  largest = { value = 9223372036854775807; says = "MSI0.* .*9223372036854775807"; };
  smallest = { value = -9223372036854775807 - 1; says = "MSI0.* .*-9223372036854775808"; };
  infinite = { value = infinity; says = "MSI001 .*the floating-point number `inf`"; };
  notANumber = { value = infinity - infinity; says = "MSI001 .*the floating-point number `-?NaN`"; };
  negativeZero = { value = -0.0; says = "MSI001 .*the floating-point number `-?0`"; };

  # --- names that a terminal or a shell would obey ---
  escapeInName = { value = { "${builtins.fromJSON ''"\u001b[2J"''}" = 1; }; says = "MSI00[124]"; };
  newlineInName = { value = { "a\nb" = 1; }; says = "MSI00[124]"; };
  quotesInName = { value = { "a\"b'c`d" = 1; }; says = "MSI00[124]"; };
  interpolationInName = { value = { "\${x}$(x)%n%s" = 1; }; says = "MSI00[124]"; };
  emptyName = { value = { "" = 1; }; says = "MSI00[124]"; };
}
