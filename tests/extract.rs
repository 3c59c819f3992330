//! Reading sources: formats agree, bad input is named.
