// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../interfaces/ICourt.sol";
import {IDealEscrow} from "../interfaces/IDealEscrow.sol";

/// @title Who may be drawn: equal seats in an array.
/// @dev A draw names a position of the array, so nothing may move: a seat that is left stays as a vacancy until somebody takes it
/// anew, which the disputes that began before do not draw. Stakes lie in the court's free balance of the escrow.
abstract contract Seats is ICourt {
    /// @inheritdoc ICourt
    IDealEscrow public immutable escrow;
    /// @dev What a wrong or absent seat loses, in seat fees. With less the fees of some paths are not covered.
    uint256 internal constant RISK_FEES = 3;
    uint256 internal immutable _seatStake;
    uint256 internal immutable _activation;
    uint256 internal immutable _exitDelay;

    /// @dev Beside a mapping, not the length of an array: every call that looks at a seat would read it to check its bounds (2,100 gas).
    uint256 internal _seatCount;
    mapping(uint256 index => Seat) internal _seats;
    uint32[] private _vacant;

    constructor(address escrow_, Settings memory settings_) {
        escrow = IDealEscrow(escrow_);
        _seatStake = settings_.seatStake;
        _activation = settings_.activation;
        _exitDelay = settings_.exitDelay;
    }

    /// @inheritdoc ICourt
    function takeSeat(uint64 capabilities) external returns (uint256 seat) {
        escrow.collect(msg.sender, _seatStake);
        seat = _place();
        uint256 from = block.timestamp + _activation;
        _seats[seat] = Seat(msg.sender, 0, uint96(_seatStake), uint48(from), 0, capabilities);
        emit SeatTaken(seat, msg.sender, capabilities, from);
    }

    /// @inheritdoc ICourt
    function askExit(uint256 seat) external {
        Seat storage s = _ownSeat(seat);
        if (s.exit != 0) revert WrongSeatState(seat);
        s.exit = uint48(block.timestamp);
        emit SeatExitAsked(seat, msg.sender, block.timestamp + _exitDelay);
    }

    /// @inheritdoc ICourt
    function leaveSeat(uint256 seat) external {
        Seat storage s = _ownSeat(seat);
        if (s.exit == 0) revert WrongSeatState(seat);
        uint256 notBefore = s.exit + _exitDelay + 1;
        if (block.timestamp < notBefore) revert IDealEscrow.TooEarly(notBefore, block.timestamp);
        if (s.risk != 0) revert SeatAtRisk(seat, s.risk);
        uint256 stake = s.stake;
        delete _seats[seat];
        _vacant.push(uint32(seat));
        escrow.pay(msg.sender, stake);
        emit SeatLeft(seat, msg.sender, stake);
    }

    /// @inheritdoc ICourt
    function seatCount() external view returns (uint256) {
        return _seatCount;
    }

    /// @inheritdoc ICourt
    function seatAt(uint256 seat) external view returns (Seat memory) {
        return _seats[seat];
    }

    /// @inheritdoc ICourt
    function seatsFrom(uint256 start, uint256 count) external view returns (Seat[] memory page) {
        uint256 length = _seatCount;
        uint256 size = start >= length ? 0 : length - start < count ? length - start : count;
        page = new Seat[](size);
        for (uint256 i = 0; i < size; ++i) {
            page[i] = _seats[start + i];
        }
    }

    function _place() private returns (uint256 seat) {
        uint256 vacancies = _vacant.length;
        if (vacancies != 0) {
            seat = _vacant[vacancies - 1];
            _vacant.pop();
            return seat;
        }
        seat = _seatCount;
        // a position of the draw is 32 bits wide
        if (seat >= type(uint32).max) revert NotEnoughSeats(seat, type(uint32).max);
        _seatCount = seat + 1;
    }

    function _ownSeat(uint256 seat) private view returns (Seat storage s) {
        s = _seats[seat];
        if (s.owner != msg.sender) revert NotSeatOwner(seat, msg.sender);
    }
}
