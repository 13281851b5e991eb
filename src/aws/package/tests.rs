mod compile;
mod folders;
