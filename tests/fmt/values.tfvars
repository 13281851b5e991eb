region="eu-west-1"
tags={
name="x"
}
