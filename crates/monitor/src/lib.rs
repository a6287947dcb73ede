//! Windows of schedules, executions and their records, publishers, and the contracts of SageMaker's containers
//! (formats.md 4.2, 7.3, 8 to 10).
