/** Disables shrinking for mutation testing, which only needs to know whether a property fails. */
require('fast-check').configureGlobal({ endOnFailure: true });
