# Something for the tests to import or copy.
{
  plan = {
    name = "imported";
    system = "x86_64-linux";
    init.command = [ "/sbin/init" ];
    init.enviroment.PATH = "/bin";
  };

  # Mistakes of another file than the one that imports them.
  wrong = {
    name = "not a name";
    hostName = "-";
    symlinks."/a" = 1;
  };
}
