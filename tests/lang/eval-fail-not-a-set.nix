# Not an attribute set.
(builtins.mkSystemInstaller [ "name" ]).drvPath
