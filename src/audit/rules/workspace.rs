//! Rules about connections among each other, and about plan and service.

use crate::audit::Rule;
use crate::domain::health::Level;

rules! {
    /// Plan and service tell different things.
    PLAN_DIFFERS = Warning "plan-differs", "Live and plan differ",
        means: "AvePoint Fly has this connection with other answers than the plan.",
        why: "A migration runs with what AvePoint Fly has; what was planned and checked here is then not what runs.",
        // SPEC C1, E7.
        source: "",
        fix: "Change the connection in the portal, or take over what is there into the plan.",
        with: "jetbridge diff; jetbridge audit --live CONTEXT";
    /// Names that look the same.
    DUPLICATE_NAME = Warning "duplicate-name", "Names look the same",
        means: "Names differ only in case, separators, invisible or look-alike characters.",
        why: "AvePoint's PowerShell module takes the first name that matches, and people take the first that looks right.",
        // SPEC G1.
        source: "AvePoint, Fly.Client",
        fix: "Rename one of them so that the difference can be read, or delete it.",
        with: "the form, field Connection name: enter on the audit screen";
    /// A connection is source and destination.
    SAME_TENANT = Advice "same-tenant", "Tenant is source and destination",
        means: "Connections of one type read from and write to the same tenant or domain.",
        why: "A project that pairs them migrates a tenant into itself, and writes over what it reads.",
        // SPEC C1, C2, D3.
        source: "",
        fix: "Check the side and the tenant of both; waive it where a move within a tenant is meant.",
        with: "jetbridge list --tenant NAME; the form: enter on the audit screen";
    /// Names that are a typing mistake apart.
    SIMILAR_NAME = Advice "similar-name", "Names nearly the same",
        means: "A name differs from another one by a single letter.",
        why: "One of them may be a typo of the other; numbered series are left out.",
        // SPEC G1.
        source: "",
        fix: "Rename one of them if that is so, else waive it.",
        with: "the form, field Connection name: enter on the audit screen";
    /// A copy beside its original.
    LEFTOVER_COPY = Advice "leftover-copy", "Copy beside its original",
        means: "The name is that of another connection with a word such as copy, old or (1) added.",
        why: "Copies made to try something out stay behind and get picked by mistake.",
        // SPEC C6, G1.
        source: "",
        fix: "Delete the copy, or give it a name that says what it is for.",
        with: "jetbridge delete NAME; or o on the audit screen, then d";
    /// Nothing is written to.
    NO_DESTINATION = Advice "no-destination", "No destination for a source",
        means: "There are source connections but none of a type that could be their destination.",
        why: "A project takes one connection at each end.",
        // SPEC C1, D3.
        source: "AvePoint, projects",
        fix: "Create the destination, or delete the sources that are not needed any more.",
        with: "n in the list";
    /// Nothing is read from.
    NO_SOURCE = Advice "no-source", "No source for a destination",
        means: "There are destination connections but none of a type that could be their source.",
        why: "A project takes one connection at each end.",
        // SPEC C1, D3.
        source: "AvePoint, projects",
        fix: "Create the source, or delete the destinations that are not needed any more.",
        with: "n in the list";
}
