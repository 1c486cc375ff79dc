// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title A seed that nobody knows when asking for it.
/// @notice Stateless: a request is a ticket, and anyone may ask what it came to.
interface IRandomness {
    enum Status {
        Pending, // not known yet
        Ready,
        Missed // can no longer be had: ask for a new ticket
    }

    /// @return ticket names a moment after this call
    function request() external view returns (uint256 ticket);
    /// @return status whether the seed can be had now
    /// @return seed 0 unless it is ready
    function seedOf(uint256 ticket) external view returns (Status status, bytes32 seed);
}
