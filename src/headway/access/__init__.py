"""Who may do what: principals, the one question `authorise`, signed tokens and the secret behind them."""
