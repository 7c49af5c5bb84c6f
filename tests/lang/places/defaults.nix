# Mistakes for others to import.
{
  hostName = 1;
  users.alice.uid = "x";
  init.command = [ "/init" ];
}
