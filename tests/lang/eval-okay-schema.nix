# The schema is a value: the one that lies in the source.
let
  schema = builtins.systemInstallerSchema;
in
{
  isCurrent = schema == builtins.fromJSON (builtins.readFile ../../nix-plugin/schema.json);
  inherit (schema) required;
  mode = schema.properties.files.additionalProperties.properties.mode;
}
