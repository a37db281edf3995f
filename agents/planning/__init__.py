"""How a request becomes steps: intent, playbooks, the plan that people watch, and the words of the answer."""
