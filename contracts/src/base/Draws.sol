// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../interfaces/ICourt.sol";
import {IDealEscrow} from "../interfaces/IDealEscrow.sol";
import {IRandomness} from "../interfaces/IRandomness.sol";
import {Seats} from "./Seats.sol";

/// @title Which seats a round gets: the lot, from the request for a seed to the last member.
/// @dev Who can be drawn is fixed before the seed can be known: nobody can take or leave a seat to bend the lot.
abstract contract Draws is Seats {
    /// @dev A call of 48 misses costs about 200,000 gas.
    uint256 internal constant MAX_PROBES_A_CALL = 48;
    /// @dev 20 such calls: with one eligible position in 30, three seats are missed once in a million million draws.
    uint256 internal constant MAX_PROBES = 960;
    uint256 internal constant MAX_REARMS = 3;

    /// @inheritdoc ICourt
    address public immutable randomness;

    mapping(bytes32 deal => bytes32) internal _seeds; // the ticket until the round is seeded
    mapping(bytes32 deal => mapping(uint256 index => Member)) internal _members;

    constructor(address randomness_) {
        randomness = randomness_;
    }

    function _newTicket(bytes32 id, uint256 round) internal {
        uint256 ticket = IRandomness(randomness).request();
        _seeds[id] = bytes32(ticket);
        emit Armed(id, round, ticket);
    }

    /// @dev The seed is kept: nobody can wait until it is gone and roll again.
    function _seed(bytes32 id) internal {
        uint256 ticket = uint256(_seeds[id]);
        (IRandomness.Status status, bytes32 seed) = IRandomness(randomness).seedOf(ticket);
        if (status == IRandomness.Status.Pending) revert SeedPending(id, ticket);
        if (status == IRandomness.Status.Missed) revert SeedMissed(id, ticket);
        _seeds[id] = seed;
    }

    function _isMissed(bytes32 id) internal view returns (bool) {
        (IRandomness.Status status,) = IRandomness(randomness).seedOf(uint256(_seeds[id]));
        return status == IRandomness.Status.Missed;
    }

    /// @dev Seats members until the round has `size` of them, it is exhausted, or `limit` positions were tried.
    function _probe(bytes32 id, Dispute memory d, IDealEscrow.Deal calldata deal, uint256 size, uint256 limit)
        internal
    {
        bytes32 seed = _seeds[id];
        for (; limit != 0 && d.seated != size && !_isExhausted(d, size); --limit) {
            uint256 index = uint256(keccak256(abi.encode(seed, id, d.round, d.cursor))) % d.seatCount;
            ++d.cursor;
            Seat storage seat = _seats[index];
            address owner = seat.owner;
            if (!_isEligible(seat, owner, d, deal) || _wasDrawn(id, d.members, owner)) continue;
            seat.risk += uint96(RISK_FEES * deal.seatFee);
            _members[id][d.members] = Member(uint32(index), d.round, Standing.Drawn, 0);
            emit Drawn(id, owner, d.round, d.members, index);
            ++d.members;
            ++d.seated;
        }
    }

    /// @dev The members of a round are bounded too, replaced ones included, and so is whatever runs over them.
    function _isExhausted(Dispute memory d, uint256 size) internal pure returns (bool) {
        return d.cursor == MAX_PROBES || d.members == d.first + 2 * size;
    }

    function _membersFrom(bytes32 id, uint256 first, uint256 end) internal view returns (Member[] memory members) {
        members = new Member[](end - first);
        for (uint256 i = first; i < end; ++i) {
            members[i - first] = _members[id][i];
        }
    }

    function _isEligible(Seat storage seat, address owner, Dispute memory d, IDealEscrow.Deal calldata deal)
        private
        view
        returns (bool)
    {
        if (owner == address(0) || owner == deal.creator || owner == deal.provider) return false;
        if (seat.from >= d.challengedAt || (seat.exit != 0 && seat.exit < d.roundAt)) return false;
        if (seat.risk + RISK_FEES * deal.seatFee > seat.stake) return false;
        return seat.capabilities & deal.needs == deal.needs;
    }

    /// @dev One owner, one member: in all rounds, declined ones included.
    function _wasDrawn(bytes32 id, uint256 members, address owner) private view returns (bool) {
        for (uint256 i = 0; i < members; ++i) {
            if (_seats[_members[id][i].seat].owner == owner) return true;
        }
        return false;
    }
}
