# Not an attribute set, and only the name is asked for.
(builtins.mkSystemInstaller (plan: plan)).name
