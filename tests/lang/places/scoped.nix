{
  hostName = given;
}
