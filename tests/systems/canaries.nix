# Text that a shell, a format or a parser on its way would act on, for every field that takes text: `touch /canary` must never
# happen, and each has to arrive as it is.
let
  inherit (builtins) attrNames concatStringsSep;
in
rec {
  # One line, as passwd(5) and menus have them: no colon.
  line = "$(touch /canary)`touch /canary`; touch /canary;'\"\\&& touch /canary|| %n%s%% \${x} $HOME {#} !~*?[a] > /canary < ü漢 -n \\n\\t\\\\";
  # Whatever a file, a variable or an argument can hold.
  text = "--${line}\n\ttouch /canary\r\n#!/bin/sh\n\n";
  # Part of an absolute path.
  path = builtins.replaceStrings [ "/" ] [ "_" ] line;

  # systemd takes one of two backslashes away, where mount(8) does not: there is no writing them for both.
  option = builtins.replaceStrings [ "\\\\" ] [ "\\" ] line;

  # What the kernel is given, and the variables that it makes of it for PID 1. GRUB can pass on neither `\` nor `'`.
  parameters = {
    canary_a = "$(touch\${IFS}/canary)";
    canary_b = "`touch\${IFS}/canary`";
    canary_c = ";touch\${IFS}/canary;reboot";
    canary_d = "two words; $(touch /canary) # }";
    canary_e = "%n%s%%";
    canary_f = "&&reboot||x>/canary<y";
    canary_g = "{#!~[*]?}=ü漢=";
    canary_h = "$x\${y}$0";
  };
  kernelParams =
    map (name: if name == "canary_d" then "${name}=\"${parameters.${name}}\"" else "${name}=${parameters.${name}}")
      (attrNames parameters)
    ++ [ "\"canary_i=quoted as a whole\"" ];
  environment = concatStringsSep "\n"
    (map (name: "${name}=${parameters.${name}}") (attrNames parameters) ++ [ "canary_i=quoted as a whole" ]);
  label = "$(reboot) `reboot` \${x} \"it's\" ; { } # \\ %n ü -x";
}
