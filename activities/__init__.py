"""What carries out the decisions of the rules: one transaction per step, one message per delivery."""
