//! The same jobs on several machines, by Apache Ballista.
