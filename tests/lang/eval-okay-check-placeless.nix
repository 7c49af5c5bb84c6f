# Of code that came from no file: where a value has no place of its own, that of what is around it, which from Nix 2.16 on
# is not even the call.
map (problem: { inherit (problem) file line column; }) (
  builtins.checkSystemInstaller (builtins.fromJSON ''{ "name": 1 }'')
)
