block {
 a=1
}
last=2   