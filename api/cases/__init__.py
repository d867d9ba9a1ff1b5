"""Financial difficulty: difficulties told, payment plans, appointments, and the promises measured on them."""
