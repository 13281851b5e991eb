run "x" {
command=plan
assert {
condition=output.a==1
error_message="no"
}
}
