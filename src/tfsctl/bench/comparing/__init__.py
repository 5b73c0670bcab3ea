"""Two sides in one run, or one run and an earlier one."""
