/** For mutation testing, which wants to know that a property fails, not the smallest case of it. */
require('fast-check').configureGlobal({ endOnFailure: true });
