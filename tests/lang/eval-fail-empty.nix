# Nothing at all: all that is required is named.
(builtins.mkSystemInstaller { }).drvPath
