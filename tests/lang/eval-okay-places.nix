# Where a value is said to be, however it came into the plan: the line in the comment, and never a wrong one. What Nix keeps no
# place for (attributes that `mapAttrs` gave, as of 2.8) is said to be where the nearest thing around it is, at last where the
# builtin is called (line 10).
let
  base = {
    name = "a";
    system = "x86_64-linux";
    init.command = [ "/init" ];
  };
  problems = plan: builtins.checkSystemInstaller plan;
  check = plan: map (p: "${p.path} ${baseNameOf (toString p.file)}:${toString p.line}:${toString p.column}") (problems plan);

  # Modules that are merged by hand over a fixed point, as lib.evalModules does it.
  isSet = builtins.isAttrs;
  merge = a: b: a // builtins.mapAttrs (name: value: if isSet value && isSet (a.${name} or null) then merge a.${name} value else value) b;
  evaluate = modules: let config = builtins.foldl' (all: module: merge all (module { inherit config; })) { } modules; in config;

  file = { mode ? 644 }: {
    inherit mode; # 19
    text = "a";
  };
in
{
  update = check (base // {
    hostName = 1; # 25
  } // {
    machineId = "x"; # 27
  });
  nestedUpdate = check (base // {
    users = { a = { uid = "a"; }; } // { # 30
      b = { uid = "x"; } // { # 31
        home = 1; # 32
      };
    };
  });
  imported = check (import ./places/defaults.nix // { name = "a"; system = "x86_64-linux"; }); # defaults.nix:3, 4
  scoped = check (base // builtins.scopedImport { given = 3; } ./places/scoped.nix); # scoped.nix:2
  modules = check (evaluate [
    (_: base)
    ({ config }: { hostName = config.users.bob.uid; }) # by mapAttrs: 10
    (_: {
      users.bob.uid = # 42
        0.5;
    })
    (_: {
      groups = builtins.mapAttrs (_: group: group // {
        members = 1; # 47
      }) { a = { }; };
    })
  ]);
  function = check (base // {
    files."/a" = file { }; # 19
    files."/b" = file { mode = 5; }; # 19 too
  });
  overridden = check (base // {
    files."/a" = file { } // {
      mode = 7; # 57
    };
  });
  recursive = check (rec {
    inherit (base) name system init;
    number = 5; # 62
    hostName = number; # 63
  });
  inherited = check (with { hostName = 7; }; base // {
    inherit hostName; # 66
  });
  dynamic = check (base // {
    "${"host"}Name" = 1; # 69
  });
  mapped = check (base // {
    users = builtins.mapAttrs (_: uid: { inherit uid; }) { # 72
      alice = "x";
    };
  });
  listed = check (base // builtins.listToAttrs [
    {
      name = "hostName";
      value = 1; # 79
    }
  ]);
  inList = check (base // {
    hooks.preInit = [ # 83
      [ "/a" 1 ]
      [ ]
    ];
  });
  intersected = check (base // builtins.intersectAttrs { hostName = null; } {
    hostName = 1; # 89
  });
  missingInside = check (base // {
    boot = { # 92
      label = "x";
    };
  });
  # From no file, and as a result of builtins that keep no places.
  json = check (base // builtins.fromJSON ''{ "hostName": 1 }''); # 10
  zipped = check (base // builtins.zipAttrsWith (_: builtins.head) [ { hostName = 1; } ]); # 10
  missing = check (removeAttrs base [ "name" ]); # 10
}
